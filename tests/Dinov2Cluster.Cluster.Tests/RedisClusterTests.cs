using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class RedisClusterTests
{
    private const int Clients = 4;
    private const int TestLimit = 60_000;

    private static readonly string[] Simulated =
        ["--Devices:0:Kind", "Simulated", "--Devices:0:Simulated:BaseLatency", "00:00:00.02", "--Batching:MaxBatchSize", "1"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = TestLimit)]
    public async Task Two_silos_share_the_work_and_a_third_joins_them()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        var (silos, gateway) = await StartAsync(cluster);
        await using var load = ScoreLoad.Start(gateway, Clients, cancellation);

        await Task.WhenAll(silos.Select(silo => silo.WaitForWorkAsync(cancellation)));
        var third = cluster.StartSilo("silo-2", Simulated);
        await third.WaitUntilReadyAsync(cancellation);
        await third.WaitForWorkAsync(cancellation);

        await load.StopAsync();
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_silo_that_is_told_to_stop_loses_no_request()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        var (silos, gateway) = await StartAsync(cluster);
        await using var load = ScoreLoad.Start(gateway, Clients, cancellation);
        await Task.WhenAll(silos.Select(silo => silo.WaitForWorkAsync(cancellation)));

        await silos[1].StopAsync(cancellation);
        await load.WaitForAsync(answers: 5 * Clients, cancellation);

        Assert.Equal(0, silos[1].Process.ExitCode);
        await load.StopAsync();
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_killed_silo_is_replaced_by_the_others_and_comes_back_under_its_name()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        // Calls that were under way at the killed silo end with their deadline.
        var (silos, gateway) = await StartAsync(cluster, "--Gateway:Deadline", "00:00:03");

        await silos[1].KillAsync();

        await ServesAgainAsync(gateway);
        var restarted = cluster.StartSilo("silo-1", Simulated);
        await restarted.WaitUntilReadyAsync(cancellation);
        await using var load = ScoreLoad.Start(gateway, Clients, cancellation);
        await Task.WhenAll(restarted.WaitForWorkAsync(cancellation), silos[0].WaitForWorkAsync(cancellation));
        await load.StopAsync();
    }

    private static async Task<(HostProcess[] Silos, HostProcess Gateway)> StartAsync(ClusterProcesses cluster, params string[] gatewayArguments)
    {
        HostProcess[] silos = [cluster.StartSilo("silo-0", Simulated), cluster.StartSilo("silo-1", Simulated)];
        var gateway = cluster.StartGateway(gatewayArguments);
        await Task.WhenAll(silos.Append(gateway).Select(process => process.WaitUntilReadyAsync(Cancellation)));
        return (silos, gateway);
    }

    private static Task ServesAgainAsync(HostProcess gateway)
    {
        const int Enough = 2 * Clients;
        var inARow = 0;
        return Until.TrueAsync(
            async () =>
            {
                try
                {
                    await ScoreLoad.SendOneAsync(gateway, model: null, Cancellation);
                    inARow++;
                }
                catch (HttpRequestException)
                {
                    inARow = 0;
                }

                return inARow == Enough;
            },
            Cancellation);
    }
}
