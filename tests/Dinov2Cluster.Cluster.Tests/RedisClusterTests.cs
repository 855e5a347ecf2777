using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class RedisClusterTests
{
    private const int Clients = 4;

    [Fact(Timeout = 180_000)]
    public async Task Silos_join_and_leave_under_load_and_no_request_is_lost()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        var (silos, gateway) = await cluster.StartTwoSilosAsync(cancellation);
        await using var load = ScoreLoad.Start(gateway, Clients, cancellation);

        await load.DuringAsync([.. silos.Select(silo => silo.WaitForWorkAsync(cancellation))]);
        var third = cluster.StartSimulatedSilo("silo-2");
        await load.DuringAsync(third.WaitUntilReadyAsync(cancellation));
        await load.DuringAsync(third.WaitForWorkAsync(cancellation));
        await load.DuringAsync(silos[0].StopAsync(cancellation));
        await load.WaitForAsync(answers: 5 * Clients, cancellation);

        Assert.Equal(0, silos[0].Process.ExitCode);
        await load.StopAsync();
    }

    [Fact(Timeout = 180_000)]
    public async Task A_killed_silo_is_replaced_by_the_others_and_comes_back_under_its_name()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        // Calls that were under way at the killed silo end with their deadline.
        var (silos, gateway) = await cluster.StartTwoSilosAsync(cancellation, "--Gateway:Deadline", "00:00:03");

        await silos[1].KillAsync();

        await ServesAgainAsync(gateway, cancellation);
        var restarted = cluster.StartSimulatedSilo("silo-1");
        await restarted.WaitUntilReadyAsync(cancellation);
        await using var load = ScoreLoad.Start(gateway, Clients, cancellation);
        await load.DuringAsync(restarted.WaitForWorkAsync(cancellation), silos[0].WaitForWorkAsync(cancellation));
        await load.StopAsync();
    }

    private static Task ServesAgainAsync(HostProcess gateway, CancellationToken cancellationToken)
    {
        const int Enough = 2 * Clients;
        var inARow = 0;
        return Until.TrueAsync(
            async () =>
            {
                try
                {
                    await ScoreLoad.SendOneAsync(gateway, model: null, cancellationToken);
                    inARow++;
                }
                catch (HttpRequestException)
                {
                    inARow = 0;
                }

                return inARow == Enough;
            },
            cancellationToken);
    }
}
