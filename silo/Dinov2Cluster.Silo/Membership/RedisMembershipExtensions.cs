using Orleans.Clustering.Redis;

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

        // Orleans' own table is internal: take the way that it registers it by.
        var registered = silo.Services.Last(service => service.ServiceType == typeof(IMembershipTable));
        var create = registered.ImplementationFactory ?? throw new InvalidOperationException("Orleans registers its Redis membership table in another way now.");
        silo.Services.Remove(registered);
        silo.Services.AddSingleton<IMembershipTable>(services =>
            ActivatorUtilities.CreateInstance<RestoringMembershipTable>(services, (IMembershipTable)create(services)));
        return silo;
    }
}
