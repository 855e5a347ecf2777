using StackExchange.Redis;

namespace Dinov2Cluster.Silo.Membership;

/// <summary>Orleans' membership table in Redis that tolerates a Redis that starts late or loses its data.</summary>
/// <remarks>The table is restored before it is read: a silo that reads a table without its own row may consider itself dead.</remarks>
internal sealed class RestoringMembershipTable(
    IMembershipTable table,
    RedisTableBackup backup,
    OwnRow own,
    MembershipMetrics metrics,
    TimeProvider time,
    ILogger<RestoringMembershipTable> logger) : IMembershipTable
{
    private static readonly TimeSpan _retryPeriod = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                await CountAsync(() => table.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken));
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                MembershipLog.RedisUnreachable(logger, exception);
                await Task.Delay(_retryPeriod, time, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) => metrics.CountAsync(async () =>
    {
        await backup.SyncAsync(cancellationToken);
        var read = await table.ReadAllAsync(cancellationToken);
        if (!await own.PutBackAsync(table, read, cancellationToken))
        {
            return read;
        }

        MembershipLog.OwnRowRestored(logger);
        await backup.SyncAsync(cancellationToken);
        return await table.ReadAllAsync(cancellationToken);
    });

    /// <inheritdoc/>
    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) => metrics.CountAsync(
        async () => await RememberAsync(entry, await table.InsertRowAsync(entry, tableVersion, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) => metrics.CountAsync(
        async () => await RememberAsync(entry, await table.UpdateRowAsync(entry, etag, tableVersion, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken = default) =>
        CountAsync(() => table.UpdateIAmAliveAsync(entry, cancellationToken));

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default) =>
        metrics.CountAsync(() => table.ReadRowAsync(key, cancellationToken));

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default) =>
        table.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken = default) =>
        table.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    Task IMembershipTable.InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion);

    Task<MembershipTableData> IMembershipTable.ReadAll() => ReadAllAsync();

    Task<MembershipTableData> IMembershipTable.ReadRow(SiloAddress key) => ReadRowAsync(key);

    Task<bool> IMembershipTable.InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion);

    Task<bool> IMembershipTable.UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion);

    Task IMembershipTable.UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry);

    Task IMembershipTable.CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate);

    Task IMembershipTable.DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId);

    private Task<bool> CountAsync(Func<Task> call) => metrics.CountAsync(async () =>
    {
        await call();
        return true;
    });

    private async Task<bool> RememberAsync(MembershipEntry entry, bool written, CancellationToken cancellationToken)
    {
        if (written)
        {
            own.Remember(entry);
            await backup.SyncAsync(cancellationToken);
        }

        return written;
    }
}

/// <summary>Log messages of membership: event ids 3100 to 3199.</summary>
internal static partial class MembershipLog
{
    [LoggerMessage(3100, LogLevel.Warning, "Redis does not answer; trying again")]
    public static partial void RedisUnreachable(ILogger logger, Exception exception);

    [LoggerMessage(3101, LogLevel.Warning, "Redis has lost the membership table; restored {Silos} silos")]
    public static partial void TableRestored(ILogger logger, int silos);

    [LoggerMessage(3102, LogLevel.Warning, "The membership table was older than this silo's own row; wrote the row again")]
    public static partial void OwnRowRestored(ILogger logger);
}
