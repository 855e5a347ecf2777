using System.Net;
using Dinov2Cluster.Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreRouteTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(map: app =>
        app.MapGet("/broken", string () => throw new InvalidOperationException("0x7ffe secret")));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_root_is_healthy() =>
        Assert.Equal("Healthy", await _host.Client.GetStringAsync("/", Cancellation));

    [Theory]
    [InlineData("/")]
    [InlineData("/swagger.json")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/tiny")]
    [InlineData("/info")]
    [InlineData("/models/info")]
    [InlineData("/ping")]
    [InlineData("/health")]
    [InlineData("/version")]
    public async Task Head_is_answered_like_get_without_a_body(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using var response = await _host.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Options_on_score_is_ok_and_empty()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/score");
        using var response = await _host.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("False", response.Headers.GetValues("x-ms-run-function-failed").Single());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("GET", "/score")]
    [InlineData("PUT", "/score")]
    [InlineData("DELETE", "/score")]
    [InlineData("PATCH", "/score")]
    [InlineData("HEAD", "/score")]
    [InlineData("POST", "/")]
    [InlineData("DELETE", "/swagger.json")]
    [InlineData("POST", "/health/live")]
    public async Task Another_method_on_a_known_route_is_not_allowed(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _host.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.NotEmpty(response.Content.Headers.Allow);
        if (method != "HEAD")
        {
            await GatewayHost.CheckErrorAsync(response, HttpStatusCode.MethodNotAllowed, "Method not allowed");
        }
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/score/7")]
    [InlineData("/favicon.ico")]
    public async Task An_unknown_route_is_not_found(string path)
    {
        using var response = await _host.Client.GetAsync(path, Cancellation);

        await GatewayHost.CheckErrorAsync(
            response,
            HttpStatusCode.NotFound,
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.");
        Assert.True(response.Headers.Contains("x-request-id"));
    }

    [Fact]
    public async Task An_exception_of_any_route_becomes_a_message_without_its_text()
    {
        _host.ExpectsErrors = true;
        using var response = await _host.Client.GetAsync("/broken", Cancellation);

        await GatewayHost.CheckErrorAsync(
            response, HttpStatusCode.InternalServerError, "An unexpected internal error occurred. Check the logs for more info.");
        Assert.Contains(_host.Logs.GetSnapshot(), log => log.Exception?.Message == "0x7ffe secret");
    }
}
