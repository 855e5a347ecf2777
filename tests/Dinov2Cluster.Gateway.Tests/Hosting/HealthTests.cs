using System.Net;
using Dinov2Cluster.Gateway.Tests.Support;

namespace Dinov2Cluster.Gateway.Tests.Hosting;

public sealed class HealthTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, true)]
    [InlineData("tiny", true)]
    [InlineData("huge", false)]
    public async Task Ready_means_that_the_default_model_or_any_is_served(string? defaultModel, bool isReady)
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Models:Default"] = defaultModel });

        using var response = await host.Client.GetAsync("/health/ready", Cancellation);

        Assert.Equal(isReady ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Without_a_model_the_gateway_is_live_but_not_ready()
    {
        await using var host = await GatewayHost.StartAsync();
        host.Router.Served.Clear();

        using var live = await host.Client.GetAsync("/health/live", Cancellation);
        using var ready = await host.Client.GetAsync("/health/ready", Cancellation);

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await GatewayHost.CheckErrorAsync(ready, HttpStatusCode.ServiceUnavailable, "No device serves the model now.");
    }
}
