using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Dinov2Cluster.Silo.Membership;

/// <summary>
/// Remembers the membership table, and restores it when Redis has lost it: after the restart of a server without persistence,
/// or a failover to a replica that lagged.
/// </summary>
/// <remarks>
/// Otherwise a silo that starts then would found a second cluster next to the first, and the gateways would follow it.
/// The table is a hash: a field "Version", which every write raises, and a field for each silo.
/// </remarks>
internal sealed class RedisTableBackup(
    RedisConnection connection, IOptions<RedisClusteringOptions> redis, IOptions<ClusterOptions> cluster, ILogger<RedisTableBackup> logger)
{
    private const string VersionField = "Version";

    // Every silo tries, and the first wins. A silo that began a new table meanwhile keeps its row.
    private const string RestoreScript =
        """
        if tonumber(redis.call('HGET', KEYS[1], 'Version') or -1) >= tonumber(ARGV[1]) then
            return 0
        end
        for i = 3, #ARGV, 2 do
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
        end
        redis.call('HSET', KEYS[1], 'Version', ARGV[2])
        return 1
        """;

    private readonly RedisKey _key = redis.Value.CreateRedisKey(cluster.Value);
    private readonly Lock _lock = new();
    private bool _watching;
    private long _version = -1;
    private HashEntry[] _rows = [];

    /// <summary>Remembers the current table, or restores the remembered one when the current table is missing or older.</summary>
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        var multiplexer = await connection.GetAsync().WaitAsync(cancellationToken);
        Watch(multiplexer);
        var table = await multiplexer.GetDatabase().HashGetAllAsync(_key).WaitAsync(cancellationToken);
        if (Remember(table) is { } lost)
        {
            await RestoreAsync(multiplexer.GetDatabase(), lost.Version, lost.Rows, cancellationToken);
        }
    }

    /// <summary>The lost table, or null.</summary>
    private (long Version, HashEntry[] Rows)? Remember(HashEntry[] table)
    {
        var version = -1L;
        foreach (var field in table)
        {
            if (field.Name == VersionField && field.Value.TryParse(out long value))
            {
                version = value;
            }
        }

        lock (_lock)
        {
            if (version < _version)
            {
                return (_version, _rows);
            }

            _version = version;
            _rows = [.. table.Where(field => field.Name != VersionField)];
            return null;
        }
    }

    private async Task RestoreAsync(IDatabase database, long version, HashEntry[] rows, CancellationToken cancellationToken)
    {
        RedisValue[] arguments =
        [
            Text(version),
            // Above both tables' versions: silos ignore a table that is not newer than the one they have read.
            Text(version + 1),
            .. rows.SelectMany(row => new[] { row.Name, row.Value }),
        ];
        var restored = await database.ScriptEvaluateAsync(RestoreScript, [_key], arguments).WaitAsync(cancellationToken);
        if ((int)restored == 1)
        {
            MembershipLog.TableRestored(logger, rows.Length);
        }
    }

    /// <summary>Orleans reads the table less and less often while Redis is away, so a restore must not wait for the next read.</summary>
    private void Watch(IConnectionMultiplexer multiplexer)
    {
        lock (_lock)
        {
            if (!_watching)
            {
                _watching = true;
                multiplexer.ConnectionRestored += (_, _) => _ = SyncAfterReconnectAsync();
            }
        }
    }

    private async Task SyncAfterReconnectAsync()
    {
        try
        {
            await SyncAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // Disconnected again; the next reconnect or read retries.
            MembershipLog.RedisUnreachable(logger, exception);
        }
    }

    private static RedisValue Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
