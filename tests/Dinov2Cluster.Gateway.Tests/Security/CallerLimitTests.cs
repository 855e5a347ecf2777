using System.Net;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class CallerLimitTests
{
    private const string RateMessage = "The rate limit of this API key (0.1 images per second) is reached. Try again after the seconds in 'Retry-After'.";
    private const string RequestRateMessage = "The rate limit of this API key (2 requests per second) is reached. Try again after the seconds in 'Retry-After'.";
    private const string QuotaMessage = "The image quota of this API key (4 per 1.00:00:00) is used up. Try again after the seconds in 'Retry-After'.";

    private readonly TestClock _time = new(new DateTimeOffset(2026, 1, 1, 23, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_the_image_rate_the_answer_is_429_with_the_seconds_to_wait()
    {
        await using var host = await StartAsync(("ImagesPerSecond", "0.1"), ("Gateway:MaxImagesPerRequest", "3"));

        await CheckAsync(host, 3);
        await CheckRefusedAsync(host, 2, RateMessage, 20);
        _time.Advance(TimeSpan.FromSeconds(19.5));
        await CheckRefusedAsync(host, 2, RateMessage, 1);
        await CheckAsync(host, 1);
        await CheckRefusedAsync(host, 1, RateMessage, 1);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        await CheckAsync(host, 1);
    }

    [Fact]
    public async Task A_used_up_quota_waits_for_the_next_period()
    {
        await using var host = await StartAsync(("ImageQuota", "4"));

        await CheckAsync(host, 3);
        await CheckRefusedAsync(host, 2, QuotaMessage, 3600);
        await CheckAsync(host, 1);
        _time.Advance(TimeSpan.FromHours(1));
        await CheckAsync(host, 4);
        await CheckRefusedAsync(host, 1, QuotaMessage, 24 * 3600);
    }

    [Fact]
    public async Task More_images_than_the_quota_ever_allows_are_no_matter_of_waiting()
    {
        await using var host = await StartAsync(("ImageQuota", "4"));

        using var response = await ScoreAsync(host, 5);

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.BadRequest, "The request holds 5 images; this API key may ask for at most 4 at once.");
        Assert.Null(response.Headers.RetryAfter);
        await CheckAsync(host, 4);
    }

    [Fact]
    public async Task Over_the_request_rate_the_body_is_not_read_and_other_callers_go_on()
    {
        await using var host = await StartAsync(
            ("RequestsPerSecond", "2"), ("Auth:Keys:1:Name", "other"), ("Auth:Keys:1:Sha256", TestKey.Sha256(2)));

        await CheckAsync(host, 1);
        using var malformed = await host.ScoreAsync("{", TestKey.Bearer(1));
        using var refused = await host.ScoreAsync("{", TestKey.Bearer(1));
        using var other = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), TestKey.Bearer(2));

        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);
        await GatewayHost.CheckErrorAsync(refused, HttpStatusCode.TooManyRequests, RequestRateMessage);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        await CheckAsync(host, 1);
    }

    [Fact]
    public async Task A_gRPC_call_over_the_rate_is_told_when_to_try_again()
    {
        await using var host = await StartAsync(("RequestsPerSecond", "0.125"));
        using var client = new HttpClient { BaseAddress = host.GrpcAddress };

        using var first = await CallAsync(client);
        using var second = await CallAsync(client);

        Assert.Equal("12", first.Headers.GetValues("grpc-status").Single());
        Assert.Equal("8", second.Headers.GetValues("grpc-status").Single());
        Assert.Equal("rate_limited", second.Headers.GetValues("dinov2-reason").Single());
        Assert.Equal("8", second.Headers.GetValues("retry-after").Single());
        Assert.Equal("8000", second.Headers.GetValues("grpc-retry-pushback-ms").Single());
    }

    private static async Task<HttpResponseMessage> CallAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dinov2.v1.Nothing/Call")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add("api-key", TestKey.Text(1));
        return await client.SendAsync(request, Cancellation);
    }

    private static Task<HttpResponseMessage> ScoreAsync(GatewayHost host, int images) =>
        host.ScoreAsync(ScoreJson.Split([.. Enumerable.Range(0, images).Select(i => TestImage.Base64(i))]), TestKey.Bearer(1));

    private static async Task CheckAsync(GatewayHost host, int images)
    {
        using var response = await ScoreAsync(host, images);
        await host.CheckRowsAsync(response, "tiny", [.. Enumerable.Range(0, images).Select(i => TestImage.Bmp(i))]);
    }

    private static async Task CheckRefusedAsync(GatewayHost host, int images, string message, int seconds)
    {
        using var response = await ScoreAsync(host, images);
        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.TooManyRequests, message);
        Assert.Equal(TimeSpan.FromSeconds(seconds), response.Headers.RetryAfter?.Delta);
    }

    private Task<GatewayHost> StartAsync(params (string Setting, string Value)[] settings)
    {
        var all = TestKey.Settings(1, "team-a", [.. settings.Where(setting => !setting.Setting.Contains(':', StringComparison.Ordinal))]);
        foreach (var (setting, value) in settings.Where(setting => setting.Setting.Contains(':', StringComparison.Ordinal)))
        {
            all[setting] = value;
        }

        return GatewayHost.StartAsync(all, _time);
    }
}
