using Dinov2Cluster.Cluster.Tests;
using Dinov2Cluster.Containers.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Cluster;

/// <summary>A silo's container that goes away takes no request with it: a failed one ends the load, and with it the test.</summary>
public sealed class ContainerLossTests
{
    private const int Clients = 6;

    [Fact(Timeout = 300_000)]
    public async Task A_killed_silo_loses_nothing_and_a_new_one_gets_work()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation);
        var (silos, gateway) = await cluster.StartTwoSilosAsync(cancellation);
        await using var load = await LoadBothAsync(gateway, silos, cancellation);

        await silos[1].KillAsync(cancellation);

        await load.WaitForAsync(answers: 50, cancellation);
        var silo = await cluster.StartSimulatedSiloAsync("silo-2", cancellation);
        await load.DuringAsync(silo.WaitUntilReadyAsync(cancellation));
        await load.DuringAsync(silo.WaitForWorkAsync(cancellation), silos[0].WaitForWorkAsync(cancellation));
        await load.StopAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_silo_that_is_cut_off_loses_nothing_and_gets_work_again_when_it_is_back()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation);
        var (silos, gateway) = await cluster.StartTwoSilosAsync(cancellation);
        await using var load = await LoadBothAsync(gateway, silos, cancellation);

        await silos[1].DisconnectAsync(cancellation);

        // Those that stayed declare it dead.
        await load.DuringAsync(gateway.WaitForSiloAsync("silo-1", state: null, cancellation));
        await load.WaitForAsync(answers: 50, cancellation);
        await silos[1].ConnectAsync(cancellation);
        await load.DuringAsync(gateway.WaitForSiloAsync("silo-1", "ready", cancellation));
        await load.DuringAsync([.. silos.Select(silo => silo.WaitForWorkAsync(cancellation))]);
        await load.StopAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_stopped_container_drains_and_ends_with_0()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation);
        var (silos, gateway) = await cluster.StartTwoSilosAsync(cancellation);
        await using var load = await LoadBothAsync(gateway, silos, cancellation);

        await load.DuringAsync(StopAsync(silos[1], cancellation));
        await load.WaitForAsync(answers: 20, cancellation);
        await load.StopAsync();
        await StopAsync(gateway, cancellation);
    }

    private static async Task<ScoreLoad> LoadBothAsync(ContainerHost gateway, ContainerHost[] silos, CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            gateway.WaitForSiloAsync("silo-0", "ready", cancellationToken), gateway.WaitForSiloAsync("silo-1", "ready", cancellationToken));
        var load = ScoreLoad.Start(gateway, Clients, cancellationToken);
        await load.DuringAsync([.. silos.Select(silo => silo.WaitForWorkAsync(cancellationToken))]);
        return load;
    }

    /// <summary>As an orchestrator does it: SIGTERM, and SIGKILL (137) for those that don't end in time.</summary>
    private static async Task StopAsync(ContainerHost host, CancellationToken cancellationToken)
    {
        await DockerEngine.Client.Containers.StopContainerAsync(
            host.Container.Id, new Docker.DotNet.Models.ContainerStopParameters { WaitBeforeKillSeconds = 60 }, cancellationToken);

        var state = await host.StateAsync(cancellationToken);
        Assert.Equal((false, 0L), (state.Running, state.ExitCode));
    }
}
