using Dinov2Cluster.Containers.Tests.Support;
using Dinov2Cluster.TestSupport;
using Docker.DotNet.Models;

namespace Dinov2Cluster.Containers.Tests.Cluster;

/// <summary>A container with bad settings ends at once, and says all that is wrong.</summary>
public sealed class ContainerConfigurationTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_silo_names_every_bad_setting() =>
        await AssertRefusedAsync(
            (cluster, cancellation) => cluster.StartSiloAsync(
                "silo-0",
                cancellation,
                ("Cluster__AdvertisedIp", "nowhere.invalid"),
                ("Cluster__SiloPort", "0"),
                ("Batching__MaxBatchSize", "0")),
            "Cluster:AdvertisedIp",
            "SiloPort",
            "MaxBatchSize");

    [Fact(Timeout = 120_000)]
    public async Task A_gateway_names_every_bad_setting_and_doesnt_serve_everybody_by_default() =>
        await AssertRefusedAsync(
            (cluster, cancellation) => cluster.StartGatewayAsync(
                cancellation, ("Auth__Mode", "Auto"), ("Gateway__MaxBodyBytes", "-1"), ("Cluster__Redis", "ssl=true")),
            "Auth:Mode",
            "MaxBodyBytes",
            "Cluster:Redis");

    private static async Task AssertRefusedAsync(
        Func<ContainerCluster, CancellationToken, Task<ContainerHost>> start, params string[] settings)
    {
        await DockerEngine.SkipUnlessReadyAsync();
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await ContainerCluster.StartAsync(cancellation, RestartPolicyKind.No);

        var host = await start(cluster, cancellation);

        await Until.TrueAsync(async () => !(await host.InspectAsync(cancellation)).State.Running, cancellation);
        Assert.Equal(1, (await host.InspectAsync(cancellation)).State.ExitCode);
        var logs = await host.LogsAsync(cancellation);
        Assert.All(settings, setting => Assert.Contains(setting, logs, StringComparison.Ordinal));
    }
}
