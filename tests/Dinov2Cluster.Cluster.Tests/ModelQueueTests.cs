using System.Net;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class ModelQueueTests
{
    [Fact(Timeout = 180_000)]
    public async Task Each_model_has_its_own_queue_and_an_unknown_one_is_answered_with_the_list()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = new ClusterProcesses().WithModel("busy").WithModel("idle");
        var silo = cluster.StartSlowSilo(ClusterProcesses.Primary, TimeSpan.FromSeconds(1));
        var gateway = cluster.StartGateway(SlowSilo.Patient);
        await Task.WhenAll(silo.WaitUntilReadyAsync(cancellation), gateway.WaitUntilReadyAsync(cancellation));
        var requests = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ScoreLoad.SendOneAsync(gateway, "busy", cancellation)));
        await silo.WaitForQueueAsync(images: 5, requests, cancellation, "model=\"busy\"");

        await ScoreLoad.SendOneAsync(gateway, "idle", cancellation);
        Assert.False(requests.IsCompleted);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => ScoreLoad.SendOneAsync(gateway, "missing", cancellation));
        Assert.Equal(HttpStatusCode.NotFound, error.StatusCode);
        Assert.Contains("busy, idle", error.Message, StringComparison.Ordinal);
        await requests;
    }
}
