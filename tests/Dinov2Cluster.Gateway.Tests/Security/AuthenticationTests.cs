using System.Diagnostics.Metrics;
using System.Net;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class AuthenticationTests : IAsyncLifetime
{
    private const string Refused = "A valid API key or token is required.";

    private readonly TestClock _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var settings = TestKey.Settings(1, "team-a");
        settings["Auth:Keys:1:Name"] = "team-b";
        settings["Auth:Keys:1:Sha256"] = TestKey.Sha256(2).ToUpperInvariant();
        settings["Auth:Keys:1:ExpiresAt"] = "2026-01-01T00:00:10Z";
        _host = await GatewayHost.StartAsync(settings, _time, map: app =>
        {
            app.MapGet("/caller", (HttpContext context) => context.Features.Get<ICaller>() is null ? "nobody" : "somebody");
            app.MapGet("/open", (HttpContext context) => context.Features.Get<ICaller>() is null ? "nobody" : "somebody").AllowAnonymous();
            app.MapMetrics();
        }, services: services => services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter()));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    public static TheoryData<string, string> Ways => new()
    {
        { "Authorization", "Bearer {0}" },
        { "authorization", "bearer {0}" },
        { "Authorization", "BEARER   {0} " },
        { "api-key", "{0}" },
        { "API-KEY", " {0}" },
        { "x-api-key", "{0}" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_key_may_come_in_any_of_the_usual_ways(string header, string form)
    {
        var value = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, TestKey.Text(1));
        using var scored = await _host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), (header, value));

        await _host.CheckRowsAsync(scored, "tiny", TestImage.Bmp(1));
        Assert.Equal("somebody", await ReadAsync("/caller", (header, value)));
    }

    public static TheoryData<string?, string?, string> Failures => new()
    {
        { null, null, "missing" },
        { "Authorization", "Bearer", "missing" },
        { "Authorization", "Basic {0}", "missing" },
        { "Authorization", "{0}", "missing" },
        { "Authorization", "Bearer ", "missing" },
        { "Authorization", "Bearer {0}0", "unknown_key" },
        { "Authorization", "Bearer {0} {0}", "unknown_key" },
        { "Authorization", "Bearer a.b.c", "unknown_key" },
        { "api-key", "Bearer {0}", "unknown_key" },
        { "x-api-key", "k", "unknown_key" },
        { "key", "{0}", "missing" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Without_a_good_key_nothing_is_read_or_told(string? header, string? form, string reason)
    {
        using var failures = new MetricCollector<long>(_host.Services.GetRequiredService<IMeterFactory>(), GatewayMetrics.Name, "dinov2.gateway.auth.failures");
        var value = string.Format(System.Globalization.CultureInfo.InvariantCulture, form ?? "", TestKey.Text(1));
        using var response = await _host.ScoreAsync("no json", header is null ? [] : [(header, value)]);

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.Unauthorized, Refused);
        Assert.Equal(reason == "missing" ? "Bearer" : "Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("False", response.Headers.GetValues("x-ms-run-function-failed").Single());
        Assert.Equal(reason, Assert.Single(failures.GetMeasurementSnapshot()).Tags["reason"]);
        var log = Assert.Single(_host.Logs.GetSnapshot(), log => log.Id.Id == 2301);
        Assert.Equal(LogLevel.Information, log.Level);
        Assert.All(_host.Logs.GetSnapshot(), log => Assert.DoesNotContain(TestKey.Text(1), log.Message, StringComparison.Ordinal));
        Assert.Empty(_host.Router.Calls);
    }

    [Fact]
    public async Task One_good_key_is_enough_beside_what_a_proxy_has_put_there()
    {
        Assert.Equal("somebody", await ReadAsync("/caller", ("Authorization", "Basic dXNlcjpwYXNz"), ("api-key", TestKey.Text(1))));
        Assert.Equal("somebody", await ReadAsync("/caller", ("Authorization", "Bearer mesh"), ("x-api-key", TestKey.Text(1))));
    }

    [Fact]
    public async Task A_key_that_has_ended_is_refused_and_told_so()
    {
        using var before = await _host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), TestKey.Bearer(2));
        _time.Advance(TimeSpan.FromSeconds(10));
        using var after = await _host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), TestKey.Bearer(2));

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await GatewayHost.CheckErrorAsync(after, HttpStatusCode.Unauthorized, "This API key has expired.");
    }

    [Theory]
    [InlineData("GET", "/", 200)]
    [InlineData("HEAD", "/", 200)]
    [InlineData("OPTIONS", "/score", 200)]
    [InlineData("GET", "/swagger.json", 200)]
    [InlineData("GET", "/health/live", 200)]
    [InlineData("GET", "/health/ready", 200)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("GET", "/open", 200)]
    [InlineData("POST", "/score", 401)]
    [InlineData("GET", "/score", 401)]
    [InlineData("GET", "/caller", 401)]
    [InlineData("GET", "/unknown", 401)]
    [InlineData("DELETE", "/", 401)]
    public async Task Every_route_is_closed_that_does_not_say_it_is_open(string method, string route, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), route);
        using var response = await _host.Client.SendAsync(request, Cancellation);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task With_a_key_routing_says_what_it_always_says()
    {
        using var unknown = await SendAsync(HttpMethod.Get, "/unknown");
        using var method = await SendAsync(HttpMethod.Get, "/score");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed), (unknown.StatusCode, method.StatusCode));
    }

    [Theory]
    [InlineData(null, "16", "unauthenticated")]
    [InlineData("authorization", "16", "unauthenticated")]
    [InlineData("x-api-key", "12", null)]
    public async Task A_gRPC_call_brings_its_key_as_metadata_and_is_told_in_trailers(string? metadata, string status, string? reason)
    {
        using var client = new HttpClient { BaseAddress = _host.GrpcAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dinov2.v1.Nothing/Call")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        if (metadata is not null)
        {
            // A key without its scheme is none.
            Assert.True(request.Headers.TryAddWithoutValidation(metadata, TestKey.Text(1)));
        }

        using var response = await client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(status, response.Headers.GetValues("grpc-status").Single());
        Assert.Equal(reason, response.Headers.TryGetValues("dinov2-reason", out var reasons) ? reasons.Single() : null);
    }

    private async Task<string> ReadAsync(string route, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, route);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await _host.Client.SendAsync(request, Cancellation);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string route)
    {
        using var request = new HttpRequestMessage(method, route);
        request.Headers.Add("x-api-key", TestKey.Text(1));
        return await _host.Client.SendAsync(request, Cancellation);
    }
}
