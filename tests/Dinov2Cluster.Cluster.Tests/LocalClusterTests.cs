using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class LocalClusterTests
{
    [Fact(Timeout = 180_000)]
    public async Task Two_silos_without_redis_serve_two_models_on_three_devices()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = new ClusterProcesses().WithModel("a").WithModel("b");
        var two = cluster.StartSilo(
            ClusterProcesses.Primary,
            "--Devices:0:Kind", "Simulated",
            "--Devices:0:Simulated:BaseLatency", "00:00:00.05",
            "--Devices:1:Kind", "Simulated",
            "--Devices:1:Index", "1",
            "--Devices:1:Simulated:BaseLatency", "00:00:00.05",
            "--Batching:MaxBatchSize", "1");
        var one = cluster.StartSimulatedSilo("silo-1");
        var gateway = cluster.StartGateway();
        await Task.WhenAll(
            two.WaitUntilReadyAsync(cancellation), one.WaitUntilReadyAsync(cancellation), gateway.WaitUntilReadyAsync(cancellation));

        await using var loadA = ScoreLoad.Start(gateway, clients: 3, cancellation, model: "a");
        await using var loadB = ScoreLoad.Start(gateway, clients: 3, cancellation, model: "b");

        foreach (var model in new[] { "model=\"a\"", "model=\"b\"" })
        {
            await one.WaitForWorkAsync(cancellation, model);
            await two.WaitForWorkAsync(cancellation, model);
        }

        await two.WaitForWorkAsync(cancellation, "device=\"simulated:0\"");
        await two.WaitForWorkAsync(cancellation, "device=\"simulated:1\"");
        await loadA.StopAsync();
        await loadB.StopAsync();
    }
}
