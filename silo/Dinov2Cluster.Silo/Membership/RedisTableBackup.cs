using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Dinov2Cluster.Silo.Membership;

/// <summary>
/// Remembers the membership table, and puts it back when Redis has lost it: after the restart of a server that keeps nothing on disk,
/// or a failover to a replica that lagged.
/// </summary>
/// <remarks>
/// Without it a silo that starts then would found a second cluster beside the first, and the gateways would follow it.
/// The table is a hash: a field "Version", a number that every write raises, and a field for each silo.
/// </remarks>
internal sealed class RedisTableBackup(
    RedisConnection connection, IOptions<RedisClusteringOptions> redis, IOptions<ClusterOptions> cluster, ILogger<RedisTableBackup> logger)
{
    private const string VersionField = "Version";

    // Every silo tries, and the first one wins. A silo that began a new table meanwhile keeps its row in it.
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

    /// <summary>Remembers the table as it is now, or puts the remembered one back when it is gone or older.</summary>
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

    /// <summary>Null, or what the table has lost.</summary>
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
            // Above both tables' versions: silos ignore a table that is no newer than the one they know.
            Text(version + 1),
            .. rows.SelectMany(row => new[] { row.Name, row.Value }),
        ];
        var restored = await database.ScriptEvaluateAsync(RestoreScript, [_key], arguments).WaitAsync(cancellationToken);
        if ((int)restored == 1)
        {
            MembershipLog.TableRestored(logger, rows.Length);
        }
    }

    /// <summary>Orleans reads the table ever more rarely while Redis is away, so its return must not wait for the next reading.</summary>
    private void Watch(IConnectionMultiplexer multiplexer)
    {
        lock (_lock)
        {
            if (!_watching)
            {
                _watching = true;
                multiplexer.ConnectionRestored += (_, _) => _ = SyncAfterReturnAsync();
            }
        }
    }

    private async Task SyncAfterReturnAsync()
    {
        try
        {
            await SyncAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // Gone again; its next return or the next reading tries once more.
            MembershipLog.RedisUnreachable(logger, exception);
        }
    }

    private static RedisValue Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
