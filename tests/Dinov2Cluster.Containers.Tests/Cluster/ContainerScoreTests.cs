using Dinov2Cluster.Containers.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Cluster;

/// <summary>The images serve, in containers that may do almost nothing else.</summary>
public sealed class ContainerScoreTests
{
    private const string User = "1654";

    [Fact(Timeout = 300_000)]
    public async Task Images_are_scored_by_silos_without_privileges_or_a_file_to_write_to()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation);
        var hosts = await Task.WhenAll(
            cluster.StartGatewayAsync(cancellation), cluster.StartSiloAsync("silo-0", cancellation), cluster.StartSiloAsync("silo-1", cancellation));
        await Task.WhenAll(hosts.Select(host => host.WaitUntilReadyAsync(cancellation)));

        var rows = await hosts[0].EmbedAsync(GoldenData.Images, model: null, cancellation);

        var golden = NpyFile.ReadFloats(GoldenData.Expected("dinov2-nano.legacy.npy"));
        Assert.True(Similarity.MaxDifference(rows.SelectMany(row => row).ToArray(), golden) <= 2e-3);
        await Task.WhenAll(hosts.Select(host => Until.TrueAsync(() => IsHealthyAsync(host, cancellation), cancellation)));
        foreach (var host in hosts)
        {
            await AssertLockedUpAsync(host, cancellation);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_gateway_without_a_silo_is_unhealthy()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation);

        var gateway = await cluster.StartGatewayAsync(cancellation);

        await Until.TrueAsync(async () => (await gateway.StateAsync(cancellation)).Health!.Log!.Any(check => check.ExitCode == 1), cancellation);
        Assert.False(await IsHealthyAsync(gateway, cancellation));
    }

    private static async Task<bool> IsHealthyAsync(ContainerHost host, CancellationToken cancellationToken) =>
        (await host.StateAsync(cancellationToken)).Health!.Status == "healthy";

    private static async Task AssertLockedUpAsync(ContainerHost host, CancellationToken cancellationToken)
    {
        var processes = await DockerEngine.Client.Containers.ListProcessesAsync(
            host.Container.Id, new Docker.DotNet.Models.ContainerListProcessesParameters { PsArgs = "-o pid,uid,gid" }, cancellationToken);
        Assert.All(processes.Processes, process => Assert.Equal([User, User], process.Skip(1)));

        var container = await host.InspectAsync(cancellationToken);
        Assert.True(container.HostConfig!.ReadonlyRootfs);
        Assert.Equal($"{User}:{User}", container.Config!.User);

        var shell = await host.Container.ExecAsync(["/bin/sh", "-c", "true"], cancellationToken);
        Assert.NotEqual(0, shell.ExitCode);
    }
}
