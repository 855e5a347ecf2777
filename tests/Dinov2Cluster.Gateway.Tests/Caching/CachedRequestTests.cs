using System.Net;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Caching;

/// <summary>The cache as a client sees it, through the real server.</summary>
public sealed class CachedRequestTests : IAsyncLifetime
{
    private readonly GatedCropReader _crops = new();
    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(new() { ["Cache:MaxBytes"] = "1000000" }, crops: _crops);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Without_a_cache_there_is_no_header_and_every_row_is_computed()
    {
        await using var host = await GatewayHost.StartAsync(crops: _crops);

        using var response = await host.ScoreAsync(ScoreJson.Split("a", "a"));

        Assert.False(response.Headers.Contains("x-dinov2-cache"));
        Assert.Equal([2], host.Router.Calls);
    }

    [Fact]
    public async Task A_model_without_a_checksum_is_not_cached()
    {
        _host.Router.Served["tiny"] = _host.Router.Served["tiny"] with { Checksum = "" };

        using var response = await _host.ScoreAsync(ScoreJson.Split("a", "a"));

        Assert.False(response.Headers.Contains("x-dinov2-cache"));
        Assert.Equal([2], _host.Router.Calls);
    }

    [Fact]
    public async Task Images_that_were_sent_before_are_not_computed_again_and_rows_keep_their_order()
    {
        using var metric = new MetricCollector<long>(
            _host.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), "Dinov2Cluster.Gateway", "dinov2.gateway.cache.images");
        await CheckAsync("hits=0, misses=3, joined=0", "a", "b", "c");

        await CheckAsync("hits=2, misses=1, joined=0", "b", "d", "a");

        Assert.Equal([3, 1], _host.Router.Calls);
        Assert.Equal(2, metric.GetMeasurementSnapshot().Where(measured => measured.Tags["result"] as string == "hit").Sum(measured => measured.Value));
    }

    [Fact]
    public async Task Another_model_s_features_are_others()
    {
        _host.Router.Served["wide"] = _host.Router.Served["wide"] with { Checksum = "2" };
        await CheckAsync("hits=0, misses=1, joined=0", "a");

        using var response = await _host.ScoreAsync(ScoreJson.Split("a"), ("azureml-model-deployment", "wide"));

        Assert.Equal("hits=0, misses=1, joined=0", response.Headers.GetValues("x-dinov2-cache").Single());
    }

    [Fact]
    public async Task An_image_that_is_twice_in_a_request_is_computed_once()
    {
        await CheckAsync("hits=0, misses=2, joined=2", "a", "b", "a", "b");

        Assert.Equal(2, _host.Router.Calls.Sum());
    }

    [Fact]
    public async Task A_request_joins_what_another_computes()
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Router.OnEmbed = async (model, crops, token) =>
        {
            called.TrySetResult();
            await answer.Task.WaitAsync(token);
            return FakeRouter.Answer(model, crops);
        };
        var first = CheckAsync("hits=0, misses=2, joined=0", "a", "b");
        await called.Task.WaitAsync(Cancellation);

        // Only the row that no request computes is sent.
        var second = CheckAsync("hits=0, misses=1, joined=1", "b", "c");
        await UntilAsync(() => _host.Router.Calls.Count == 2);
        answer.SetResult();

        await Task.WhenAll(first, second);
        Assert.Equal([2, 1], _host.Router.Calls);
    }

    [Fact]
    public async Task Two_requests_that_wait_for_each_other_s_rows_both_end()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(new() { ["Cache:MaxBytes"] = "1000000", ["Gateway:RowsInFlight"] = "1" }, crops: crops);
        var called = 0;
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Router.OnEmbed = async (model, batch, token) =>
        {
            // No answer until both have sent what they lead.
            if (Interlocked.Increment(ref called) == 2)
            {
                both.SetResult();
            }

            await both.Task.WaitAsync(token);
            return FakeRouter.Answer(model, batch);
        };
        // Row by row: each leads its first image when the other asks for it.
        var first = host.ScoreAsync(ScoreJson.Split("a", "wait-1", "b"));
        var second = host.ScoreAsync(ScoreJson.Split("b", "wait-2", "a"));
        await Task.WhenAll(crops.Started("wait-1"), crops.Started("wait-2")).WaitAsync(Cancellation);
        crops.Release("wait-1");
        crops.Release("wait-2");

        foreach (var request in new[] { first, second })
        {
            using var response = await request;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("hits=0, misses=2, joined=1", response.Headers.GetValues("x-dinov2-cache").Single());
        }

        Assert.Equal([2, 2], host.Router.Calls);
    }

    [Theory]
    [InlineData(EndOfLeader.ClientLeaves)]
    [InlineData(EndOfLeader.DevicesFail)]
    [InlineData(EndOfLeader.AnotherRowIsBad)]
    public async Task Who_joined_a_request_that_fails_computes_for_itself(EndOfLeader end)
    {
        _host.ExpectsErrors = end == EndOfLeader.DevicesFail;
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fail = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Router.OnEmbed = async (model, crops, token) =>
        {
            if (called.TrySetResult())
            {
                await fail.Task.WaitAsync(token);
                throw new InvalidOperationException();
            }

            return FakeRouter.Answer(model, crops);
        };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        string[] leads = end == EndOfLeader.AnotherRowIsBad ? ["a", "b", "2", "3", "4", "5", "6", "7", "wait-bad"] : ["a", "b"];
        var leader = SendAsync(leads, leaving.Token);
        await called.Task.WaitAsync(Cancellation);
        var joined = CheckAsync("hits=0, misses=3, joined=0", "c", "a", "b");
        await UntilAsync(() => _host.Router.Calls.Count == 2);

        switch (end)
        {
            case EndOfLeader.ClientLeaves:
                await leaving.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
                break;
            case EndOfLeader.DevicesFail:
                fail.SetResult();
                break;
            default:
                _crops.Release("wait-bad");
                break;
        }

        await joined;
        Assert.Equal([leads.Length == 2 ? 2 : 8, 1, 2], _host.Router.Calls);
        await CheckAsync("hits=3, misses=0, joined=0", "a", "b", "c");
    }

    [Fact]
    public async Task A_bad_image_is_told_to_each_request_that_sent_it()
    {
        var first = _host.ScoreAsync(ScoreJson.Split("hold-bad"));
        await _crops.Started("hold-bad").WaitAsync(Cancellation);
        var second = _host.ScoreAsync(ScoreJson.Split("a", "hold-bad"));
        await UntilAsync(() => _host.Router.Calls.Count == 1);
        _crops.Release("hold-bad");

        using var one = await first;
        using var two = await second;
        await GatewayHost.CheckErrorAsync(one, HttpStatusCode.BadRequest, "Row 0: The image is truncated or corrupt.");
        await GatewayHost.CheckErrorAsync(two, HttpStatusCode.BadRequest, "Row 1: The image is truncated or corrupt.");
    }

    private async Task CheckAsync(string? counts, params string[] images)
    {
        using var response = await SendAsync(images, Cancellation);
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        var model = _host.Router.Served["tiny"];
        Assert.Equal(images.Select(image => CropOf(model, image)), ScoreJson.Rows(body));
        if (counts is not null)
        {
            Assert.Equal(counts, response.Headers.GetValues("x-dinov2-cache").Single());
        }
    }

    private static float[] CropOf(ServedModel model, string image)
    {
        var crop = new byte[model.CropSize * model.CropSize * 3];
        System.Text.Encoding.UTF8.GetBytes(image, crop);
        return FakeRouter.Features(model, crop);
    }

    private async Task<HttpResponseMessage> SendAsync(string[] images, CancellationToken cancellationToken)
    {
        using var content = new StringContent(ScoreJson.Split(images), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        return await _host.Client.PostAsync(new Uri("/score", UriKind.Relative), content, cancellationToken);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation);
        }
    }

    public enum EndOfLeader
    {
        ClientLeaves,
        DevicesFail,
        AnotherRowIsBad,
    }
}
