using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>What a silo holds when it goes away is answered all the same.</summary>
public sealed class LossTests
{
    [Theory(Timeout = 180_000)]
    [InlineData("silo")]
    [InlineData("gateway")]
    public async Task A_stopped_host_finishes_what_it_holds(string host)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = new ClusterProcesses().WithModel("m");
        // The only silo: nobody else could answer.
        var silo = cluster.StartSlowSilo(ClusterProcesses.Primary, TimeSpan.FromSeconds(1));
        // A delay shorter than the work: a stopped gateway must wait for the silo, and keep its way there.
        var gateway = cluster.StartGateway([.. SlowSilo.Patient, "--Gateway:DrainDelay", "00:00:00.100"]);
        await Task.WhenAll(silo.WaitUntilReadyAsync(cancellation), gateway.WaitUntilReadyAsync(cancellation));
        var requests = Send(gateway, count: 5, cancellation);
        await silo.WaitForQueueAsync(images: 4, requests, cancellation);
        var stopped = host == "silo" ? silo : gateway;

        await stopped.StopAsync(cancellation);

        Assert.Equal(0, stopped.Process.ExitCode);
        await requests;
    }

    [Fact(Timeout = 180_000)]
    public async Task A_silo_that_is_killed_in_the_middle_of_its_work_loses_none_of_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        HostProcess[] silos = [Slow(cluster, "silo-0"), Slow(cluster, "silo-1")];
        var gateway = cluster.StartGateway(SlowSilo.Patient);
        await Task.WhenAll(silos.Append(gateway).Select(process => process.WaitUntilReadyAsync(cancellation)));
        await WaitUntilBothServeAsync(gateway, cancellation);
        var requests = Send(gateway, count: 10, cancellation);
        await silos[1].WaitForQueueAsync(images: 2, requests, cancellation);

        await silos[1].KillAsync();

        await requests;
    }

    [Fact(Timeout = 180_000)]
    public async Task A_silo_that_freezes_loses_nothing_and_gets_work_again_when_it_thaws()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        await using var redis = await RedisServer.StartAsync(cancellation);
        await using var cluster = new ClusterProcesses(redis).WithModel("m");
        var (silos, gateway) = await cluster.StartTwoSilosAsync(cancellation);
        await WaitUntilBothServeAsync(gateway, cancellation);
        await using var load = ScoreLoad.Start(gateway, clients: 6, cancellation);
        await load.DuringAsync([.. silos.Select(silo => silo.WaitForWorkAsync(cancellation))]);

        silos[1].Freeze();
        await load.DuringAsync(gateway.WaitForSiloAsync("silo-1", "unreachable", cancellation));
        await load.WaitForAsync(answers: 50, cancellation);
        silos[1].Thaw();

        await load.DuringAsync(silos[1].WaitForWorkAsync(cancellation));
        await load.DuringAsync(gateway.WaitForSiloAsync("silo-1", "ready", cancellation));
        await load.StopAsync();
    }

    private static HostProcess Slow(ClusterProcesses cluster, string name) => cluster.StartSlowSilo(name, TimeSpan.FromSeconds(0.5));

    private static Task WaitUntilBothServeAsync(HostProcess gateway, CancellationToken cancellationToken) => Task.WhenAll(
        gateway.WaitForSiloAsync("silo-0", "ready", cancellationToken), gateway.WaitForSiloAsync("silo-1", "ready", cancellationToken));

    /// <summary>Requests of one image each, all at once; ends when every one has its right answer.</summary>
    private static Task Send(HostProcess gateway, int count, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => ScoreLoad.SendOneAsync(gateway, model: null, cancellationToken)));
}
