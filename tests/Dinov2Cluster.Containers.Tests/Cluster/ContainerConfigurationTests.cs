using Dinov2Cluster.Containers.Tests.Support;
using Dinov2Cluster.TestSupport;
using Docker.DotNet.Models;

namespace Dinov2Cluster.Containers.Tests.Cluster;

/// <summary>A container with bad settings ends at once, and says all that is wrong.</summary>
public sealed class ContainerConfigurationTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_silo_names_every_bad_setting()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation, RestartPolicyKind.No);

        var silo = await cluster.StartSiloAsync(
            "silo-0",
            cancellation,
            ("Cluster__AdvertisedIp", "nowhere.invalid"),
            ("Cluster__SiloPort", "0"),
            ("Batching__MaxBatchSize", "0"));

        await AssertRefusedAsync(silo, ["Cluster:AdvertisedIp", "SiloPort", "MaxBatchSize"], cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_gateway_names_every_bad_setting_and_doesnt_serve_everybody_by_default()
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation, RestartPolicyKind.No);

        var gateway = await cluster.StartGatewayAsync(
            cancellation, ("Auth__Mode", "Auto"), ("Imaging__MaxPixels", "-1"), ("Cluster__Redis", "ssl=true"));

        await AssertRefusedAsync(gateway, ["Auth:Mode", "MaxPixels", "Cluster:Redis"], cancellation);
    }

    private static async Task AssertRefusedAsync(ContainerHost host, string[] settings, CancellationToken cancellationToken)
    {
        await Until.TrueAsync(async () => !(await host.StateAsync(cancellationToken)).Running, cancellationToken);
        Assert.Equal(1, (await host.StateAsync(cancellationToken)).ExitCode);
        var logs = await host.LogsAsync(cancellationToken);
        Assert.All(settings, setting => Assert.Contains(setting, logs, StringComparison.Ordinal));
    }
}
