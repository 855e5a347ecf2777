using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class RedisOutageTests
{
    private const int Clients = 4;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(150);

    [Fact(Timeout = 180_000)]
    public async Task While_redis_is_away_serving_goes_on_and_a_silo_joins_after_its_return_without_its_data()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        await cluster.WithinAsync(_limit, token => LoseRedisAsync(redis, cluster, token), cancellation);
    }

    private static async Task LoseRedisAsync(RedisServer redis, ClusterProcesses cluster, CancellationToken cancellation)
    {
        var (silos, gateway) = await cluster.StartTwoSilosAsync(cancellation);
        await using var load = ScoreLoad.Start(gateway, Clients, cancellation);
        await load.WaitForAsync(answers: Clients, cancellation);

        await redis.KillAsync();
        var late = cluster.StartSimulatedSilo("silo-2");
        await load.WaitForAsync(answers: 5 * Clients, cancellation);
        await redis.StartAgainAsync(cancellation);

        await load.DuringAsync(late.WaitUntilReadyAsync(cancellation));
        await load.DuringAsync(late.WaitForWorkAsync(cancellation));
        await load.DuringAsync([.. silos.Select(silo => silo.WaitForWorkAsync(cancellation))]);
        await load.StopAsync();
    }
}
