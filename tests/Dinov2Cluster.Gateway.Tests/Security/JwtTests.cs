using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class JwtTests : IAsyncLifetime
{
    private const string Refused = "A valid API key or token is required.";
    private const string Expired = "This token has expired, or is not valid yet.";

    private readonly TestClock _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private TokenIssuer _issuer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _issuer = await TokenIssuer.StartAsync(Cancellation);

    public ValueTask DisposeAsync() => _issuer.DisposeAsync();

    [Fact]
    public async Task A_token_of_the_issuer_lets_in_beside_a_key()
    {
        await using var host = await StartAsync(TestKey.Settings(1, "team-a"));

        using var byToken = await ScoreAsync(host, Token());
        using var byKey = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), TestKey.Bearer(1));

        await host.CheckRowsAsync(byToken, "tiny", TestImage.Bmp(1));
        await host.CheckRowsAsync(byKey, "tiny", TestImage.Bmp(1));
    }

    [Fact]
    public async Task A_token_is_good_from_its_begin_to_its_end_and_a_minute_around()
    {
        await using var host = await StartAsync();
        var token = Token(claims => claims["nbf"] = _time.GetUtcNow().AddSeconds(61).ToUnixTimeSeconds());

        await CheckRefusedAsync(host, token, HttpStatusCode.Unauthorized, Expired);
        _time.Advance(TimeSpan.FromSeconds(1));
        await CheckServedAsync(host, token);
        _time.Advance(TimeSpan.FromSeconds(659));
        await CheckRefusedAsync(host, token, HttpStatusCode.Unauthorized, Expired);
    }

    public static TheoryData<string, object?> BadClaims => new()
    {
        { "aud", "other" },
        { "aud", null },
        { "iss", "https://issuer.example" },
        { "iss", null },
        { "sub", "" },
        { "sub", null },
    };

    [Theory]
    [MemberData(nameof(BadClaims))]
    public async Task A_token_for_somebody_else_or_from_somebody_else_is_refused(string claim, object? value)
    {
        await using var host = await StartAsync();
        var token = Token(claims =>
        {
            claims.Remove(claim);
            if (value is not null)
            {
                claims[claim] = value;
            }
        });

        var log = await CheckRefusedAsync(host, token, HttpStatusCode.Unauthorized, Refused);
        Assert.DoesNotContain(token, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_without_an_end_is_refused()
    {
        await using var host = await StartAsync();

        await CheckRefusedAsync(host, Token(claims => claims.Remove("exp")), HttpStatusCode.Unauthorized, Expired);
    }

    [Fact]
    public async Task A_token_that_the_issuer_has_not_signed_is_refused()
    {
        await using var host = await StartAsync();
        var good = Token().Split('.');
        // What anybody can make of the published key: the old trick with a symmetric signature.
        var symmetric = new SigningCredentials(new SymmetricSecurityKey(Encoding.ASCII.GetBytes(new string('k', 64))) { KeyId = "0" }, SecurityAlgorithms.HmacSha256);
        string[] tokens =
        [
            _issuer.Token(_time.GetUtcNow(), signing: _issuer.Signing(TokenIssuer.Stranger)),
            _issuer.Token(_time.GetUtcNow(), signing: symmetric),
            $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{good[1]}.",
            $"{good[0]}.{Base64UrlEncoder.Encode("""{"sub":"root"}""")}.{good[2]}",
            "..",
            "a.b.c",
        ];

        foreach (var token in tokens)
        {
            await CheckRefusedAsync(host, token, HttpStatusCode.Unauthorized, Refused);
        }
    }

    [Theory]
    [InlineData("RequiredScope", "embed", "scope", "read embed", true)]
    [InlineData("RequiredScope", "embed", "scp", "embed", true)]
    [InlineData("RequiredScope", "embed", "scope", "embedding read", false)]
    [InlineData("RequiredScope", "embed", "roles", "embed", false)]
    [InlineData("RequiredRole", "Embedder", "roles", "Embedder", true)]
    [InlineData("RequiredRole", "Embedder", "role", "Embedder", true)]
    [InlineData("RequiredRole", "Embedder", "roles", "embedder", false)]
    public async Task A_scope_or_role_that_is_required_must_be_there(string setting, string wanted, string claim, string value, bool isEnough)
    {
        await using var host = await StartAsync(new() { ["Auth:Jwt:" + setting] = wanted });
        string[] list = ["x", value];
        string[] tokens = [Token(claims => claims[claim] = value), Token(claims => claims[claim] = list)];

        foreach (var token in tokens)
        {
            using var response = await ScoreAsync(host, token);
            Assert.Equal(isEnough ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Fact]
    public async Task Without_the_scope_the_answer_is_403_and_says_so()
    {
        await using var host = await StartAsync(new() { ["Auth:Jwt:RequiredScope"] = "embed" });

        using var response = await ScoreAsync(host, Token());

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.Forbidden, "This API key or token may not do that.");
        Assert.Equal("Bearer error=\"insufficient_scope\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Every_caller_that_a_token_names_has_limits_of_its_own()
    {
        await using var host = await StartAsync(new() { ["Auth:Jwt:ImageQuota"] = "1", ["Auth:Jwt:NameClaim"] = "azp" });
        var (first, again, second) = (Named("a", "x"), Named("a", "y"), Named("b", "x"));

        await CheckServedAsync(host, first);
        using var refused = await ScoreAsync(host, again);
        await CheckServedAsync(host, second);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);

        string Named(string name, string subject) => Token(claims => (claims["azp"], claims["sub"]) = (name, subject));
    }

    [Fact]
    public async Task Callers_who_have_asked_for_nothing_of_late_are_forgotten()
    {
        await using var host = await StartAsync(new() { ["Auth:Jwt:ImagesPerSecond"] = "1" });
        var callers = host.Services.GetRequiredService<JwtCallers>();

        callers.Find("busy").Take(100);
        var busy = callers.Find("busy");
        for (var i = 0; i < 5000; i++)
        {
            _ = callers.Find("caller " + i);
        }

        Assert.InRange(callers.Count, 1, 1025);
        Assert.Same(busy, callers.Find("busy"));
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_fetched_when_it_is_needed()
    {
        await using var host = await StartAsync();
        await CheckServedAsync(host, Token());

        _issuer.AddKey();
        var token = Token();

        // The keys are fetched in the background.
        await Until.TrueAsync(
            async () =>
            {
                using var response = await ScoreAsync(host, token);
                return response.StatusCode == HttpStatusCode.OK;
            },
            Cancellation);
    }

    [Fact]
    public async Task An_issuer_that_does_not_answer_gives_503_and_passes()
    {
        _issuer.IsUp = false;
        await using var host = await StartAsync(TestKey.Settings(1, "team-a"));
        host.ExpectsErrors = true;

        using var byToken = await ScoreAsync(host, Token());
        using var byKey = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), TestKey.Bearer(1));
        _issuer.IsUp = true;

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (byToken.StatusCode, byKey.StatusCode));
        Assert.DoesNotContain(_issuer.Authority, await byToken.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        await CheckServedAsync(host, Token());
    }

    [Fact]
    public async Task An_outage_of_the_issuer_is_logged_once_and_so_is_its_end()
    {
        _issuer.IsUp = false;
        await using var host = await StartAsync();
        host.ExpectsErrors = true;
        using var failures = new MetricCollector<long>(host.Services.GetRequiredService<IMeterFactory>(), GatewayMetrics.Name, "dinov2.gateway.auth.failures");

        for (var i = 0; i < 3; i++)
        {
            using var response = await ScoreAsync(host, Token());
            await GatewayHost.CheckErrorAsync(response, HttpStatusCode.ServiceUnavailable, "The token issuer can't be reached now. Try again later.");
            Assert.Empty(response.Headers.WwwAuthenticate);
        }

        var lines = host.Logs.GetSnapshot().Where(log => log.Level >= LogLevel.Information && log.Category?.StartsWith("Dinov2Cluster", StringComparison.Ordinal) == true);
        Assert.Equal([2304], lines.Where(log => log.Id.Id is >= 2300 and < 2400).Select(log => log.Id.Id));
        Assert.DoesNotContain(host.Logs.GetSnapshot(), log => log.Level >= LogLevel.Error && log.Id.Id != 2304);
        Assert.All(failures.GetMeasurementSnapshot(), failure => Assert.Equal("issuer_unreachable", failure.Tags["reason"]));
        _issuer.IsUp = true;
        await CheckServedAsync(host, Token());
        await CheckServedAsync(host, Token());
        Assert.Single(host.Logs.GetSnapshot(), log => log.Id.Id == 2305);
        Assert.Single(host.Logs.GetSnapshot(), log => log.Id.Id == 2304);
    }

    [Fact]
    public async Task An_open_route_does_not_ask_the_issuer()
    {
        _issuer.IsUp = false;
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        request.Headers.Authorization = new("Bearer", Token());

        using var response = await host.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(host.Logs.GetSnapshot(), log => log.Id.Id is >= 2300 and < 2400);
    }

    [Theory]
    [InlineData(1, HttpStatusCode.OK)]
    [InlineData(2, HttpStatusCode.Unauthorized)]
    public async Task While_the_issuer_is_away_another_credential_decides(int seed, HttpStatusCode status)
    {
        _issuer.IsUp = false;
        await using var host = await StartAsync(TestKey.Settings(1, "team-a"));
        host.ExpectsErrors = status == HttpStatusCode.Unauthorized;

        using var response = await host.ScoreAsync(
            ScoreJson.Split(TestImage.Base64(1)), ("Authorization", "Bearer " + Token()), ("api-key", TestKey.Text(seed)));

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_gRPC_call_hears_of_the_outage_in_its_own_form()
    {
        _issuer.IsUp = false;
        await using var host = await StartAsync();
        host.ExpectsErrors = true;
        using var client = new HttpClient { BaseAddress = host.GrpcAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dinov2.v1.Nothing/Call")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Authorization = new("Bearer", Token());

        using var response = await client.SendAsync(request, Cancellation);

        Assert.Equal("14", response.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task A_token_where_only_a_key_may_stand_is_refused()
    {
        await using var host = await StartAsync();

        using var response = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), ("api-key", Token()));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static Task<HttpResponseMessage> ScoreAsync(GatewayHost host, string token) =>
        host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), ("Authorization", "Bearer " + token));

    private static async Task CheckServedAsync(GatewayHost host, string token)
    {
        using var response = await ScoreAsync(host, token);
        await host.CheckRowsAsync(response, "tiny", TestImage.Bmp(1));
    }

    // Returns what was logged.
    private static async Task<string> CheckRefusedAsync(GatewayHost host, string token, HttpStatusCode status, string message)
    {
        using var response = await ScoreAsync(host, token);
        await GatewayHost.CheckErrorAsync(response, status, message);
        Assert.Equal("Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
        return string.Join('\n', host.Logs.GetSnapshot().Select(log => log.Message));
    }

    private string Token(Action<Dictionary<string, object>>? change = null) => _issuer.Token(_time.GetUtcNow(), change);

    private Task<GatewayHost> StartAsync(Dictionary<string, string?>? settings = null) => GatewayHost.StartAsync(
        new(settings ?? [])
        {
            ["Auth:Jwt:Authority"] = _issuer.Authority,
            ["Auth:Jwt:Audience"] = "dinov2",
            ["Auth:Jwt:RequireHttpsMetadata"] = "false",
        },
        _time);
}
