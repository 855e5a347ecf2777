using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using StackExchange.Redis;

namespace Dinov2Cluster.Silo.Membership;

/// <summary>Keeps a silo's membership in Redis.</summary>
internal static class RedisMembershipExtensions
{
    /// <summary>Adds Orleans' membership table in Redis, wrapped in <see cref="RestoringMembershipTable"/>.</summary>
    public static ISiloBuilder UseRestoringRedisClustering(this ISiloBuilder silo)
    {
        silo.UseRedisClustering(configuration: null!);
        silo.Services.AddSingleton<RedisConnection>();
        silo.Services.AddSingleton<RedisTableBackup>();
        silo.Services.AddSingleton<OwnRow>();
        silo.Services.AddSingleton<MembershipMetrics>();
        silo.Services.AddOptions<RedisClusteringOptions>().Configure<RedisConnection>((options, connection) =>
            options.CreateMultiplexer = async _ => (await connection.GetAsync(), IsShared: true));

        // Orleans' own table is internal: reuse its registration.
        var registered = silo.Services.Last(service => service.ServiceType == typeof(IMembershipTable));
        var create = registered.ImplementationFactory ?? throw new InvalidOperationException("Orleans registers its Redis membership table in an unknown way.");
        silo.Services.Remove(registered);
        silo.Services.AddSingleton<IMembershipTable>(services =>
            ActivatorUtilities.CreateInstance<RestoringMembershipTable>(services, (IMembershipTable)create(services)));
        return silo;
    }
}

/// <summary>The silo's one connection to Redis. It reconnects by itself.</summary>
internal sealed class RedisConnection(IOptions<ClusterMemberOptions> member) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Task<IConnectionMultiplexer>? _connection;

    /// <summary>The connection, possibly not yet open.</summary>
    public Task<IConnectionMultiplexer> GetAsync()
    {
        lock (_lock)
        {
            return _connection ??= ConnectAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await (await connection).DisposeAsync();
        }
    }

    private async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(RedisConfiguration.Parse(member.Value.Redis));
}
