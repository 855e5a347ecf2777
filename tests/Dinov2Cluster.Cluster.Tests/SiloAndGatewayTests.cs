using System.Net;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class SiloAndGatewayTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_sends_images_to_a_silo_of_another_process()
    {
        await using var cluster = new ClusterProcesses().WithModel("dinov2-nano");
        var silo = cluster.StartSilo();
        var gateway = cluster.StartGateway();
        await silo.WaitUntilReadyAsync(Cancellation);
        await gateway.WaitUntilReadyAsync(Cancellation);

        var rows = await gateway.EmbedAsync(GoldenData.Images, model: null, Cancellation);

        var golden = NpyFile.ReadFloats(GoldenData.Expected("dinov2-nano.legacy.npy"));
        Assert.True(Similarity.MaxDifference(rows.SelectMany(row => row).ToArray(), golden) <= 2e-3);
        var metrics = await silo.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        Assert.Contains("dinov2_batch_size_bucket{", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_without_a_silo_is_alive_but_not_ready_and_serves_once_one_joins()
    {
        await using var cluster = new ClusterProcesses().WithModel("dinov2-nano");
        var gateway = cluster.StartGateway();
        await WaitUntilAsync(gateway, "/health/live", HttpStatusCode.OK);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(gateway, "/health/ready"));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => gateway.EmbedAsync(["cat.png"], model: null, Cancellation));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);

        cluster.StartSilo();
        await gateway.WaitUntilReadyAsync(Cancellation);
        Assert.Single(await gateway.EmbedAsync(["cat.png"], model: null, Cancellation));
    }

    [Fact]
    public async Task A_stopped_silo_leaves_the_gateway_alive_and_a_new_one_is_found()
    {
        await using var cluster = new ClusterProcesses().WithModel("dinov2-nano");
        var silo = cluster.StartSilo();
        var gateway = cluster.StartGateway();
        await gateway.WaitUntilReadyAsync(Cancellation);

        await silo.StopAsync(Cancellation);

        Assert.Equal(0, silo.Process.ExitCode);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => gateway.EmbedAsync(["cat.png"], model: null, Cancellation));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, "/health/live"));

        // Until the gateway has noticed, its readiness is that of the silo that left.
        await WaitUntilAsync(gateway, "/health/ready", HttpStatusCode.ServiceUnavailable);
        cluster.StartSilo();
        await gateway.WaitUntilReadyAsync(Cancellation);
        Assert.Single(await gateway.EmbedAsync(["cat.png"], model: null, Cancellation));
    }

    private static Task WaitUntilAsync(HostProcess gateway, string route, HttpStatusCode status) =>
        Until.TrueAsync(async () => await StatusAsync(gateway, route) == status, Cancellation);

    private static async Task<HttpStatusCode?> StatusAsync(HostProcess host, string route)
    {
        try
        {
            using var response = await host.Http.GetAsync(new Uri(route, UriKind.Relative), Cancellation);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
