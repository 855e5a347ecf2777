using System.Text.Json;
using Dinov2Cluster.Cli.Bench;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.Client.TestServer;

namespace Dinov2Cluster.Cli.Tests.Bench;

public sealed class BenchCommandTests : GatewayTest
{
    [Theory]
    [InlineData("grpc", "unary", 1)]
    [InlineData("grpc", "unary", 3)]
    [InlineData("grpc-stream", "stream", 1)]
    [InlineData("http", "score", 1)]
    [InlineData("http", "score", 3)]
    public async Task It_measures_over_each_protocol(string protocol, string request, int images)
    {
        var report = await MeasureAsync("--protocol", protocol, "--url", Url(protocol), "--concurrency", "2", "--images-per-request", $"{images}");

        Assert.Equal(protocol, report.GetProperty("protocol").GetString());
        Assert.Equal((FakeGateway.Model, 4), (report.GetProperty("model").GetString(), report.GetProperty("features").GetInt32()));
        var requests = report.GetProperty("requests").GetInt64();
        Assert.True(requests > 0);
        Assert.Equal(requests * images, report.GetProperty("images").GetInt64());
        Assert.True(report.GetProperty("images_per_second").GetDouble() > 0);
        var latency = report.GetProperty("latency_ms");
        Assert.True(latency.GetProperty("p50").GetDouble() > 0);
        Assert.True(latency.GetProperty("p50").GetDouble() <= latency.GetProperty("p90").GetDouble());
        Assert.True(latency.GetProperty("p99").GetDouble() <= latency.GetProperty("max").GetDouble());
        Assert.Empty(report.GetProperty("errors").EnumerateObject());
        // The first request came before the measurement.
        Assert.All(Gateway.Requests.Skip(1), received => Assert.Equal(request, received.Protocol));
        Assert.All(Gateway.Images, image => Assert.Equal(report.GetProperty("image_bytes").GetInt32(), image.Data.Length));
    }

    [Fact]
    public async Task Without_an_image_it_sends_a_jpeg_of_its_own()
    {
        await MeasureAsync("--url", Url("grpc"), "--concurrency", "1");

        var image = Gateway.Images.First().Data;
        Assert.Equal([0xff, 0xd8, 0xff], image[..3]);
        Assert.Equal(BenchPlan.SampleImage(), image);
    }

    [Fact]
    public async Task Images_can_arrive_at_a_rate()
    {
        var report = await MeasureAsync("--url", Url("grpc"), "--rate", "200", "--images-per-request", "2");

        Assert.Equal(JsonValueKind.Null, report.GetProperty("concurrency").ValueKind);
        Assert.Equal(200, report.GetProperty("rate").GetDouble());
        Assert.True(report.GetProperty("images").GetInt64() > 0);
    }

    [Theory]
    [InlineData("grpc", "scripted")]
    [InlineData("http", "overloaded")]
    public async Task What_is_refused_is_counted_by_its_reason_and_not_sent_again(string protocol, string reason)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var requests = 0;
        Gateway.OnRequest = _ =>
        {
            if (Interlocked.Increment(ref requests) == 7)
            {
                stop.Cancel();
            }

            return Task.FromResult(requests % 2 == 0 ? FakeFailure.Overloaded(0) : null);
        };

        var run = await RunAsync(
            ["bench", "--duration", "1h", "--json", "--protocol", protocol, "--url", Url(protocol), "--concurrency", "1"], null, stop.Token);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal(3, report.RootElement.GetProperty("errors").GetProperty(reason).GetInt64());
        // The first request came before the measurement, and the last one was canceled.
        Assert.Equal(2, report.RootElement.GetProperty("images").GetInt64());
        Assert.Equal(7, requests);
    }

    [Fact]
    public async Task An_image_that_is_refused_is_an_error()
    {
        MakeImages("a.jpg");
        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(FakeAnswer.Bad());

        (await RunAsync("bench", Directory["a.jpg"], "--url", Url("grpc"))).AssertFailed("The image is damaged");
        (await RunAsync("bench", Directory["absent.jpg"], "--url", Url("grpc"))).AssertFailed("absent.jpg");
    }

    [Fact]
    public async Task It_prints_what_people_read()
    {
        MakeImages("a.jpg");

        var run = await RunAsync("bench", Directory["a.jpg"], "--url", Url("grpc"), "--duration", "100ms", "--concurrency", "3");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("grpc, 3 at once, 1 per request, image of 5 B, tiny, 4 features", lines[0]);
        Assert.Matches(@"^[0-9.]+ images/s \([0-9]+ in [0-9.]+ s\)$", lines[1]);
        Assert.Matches(@"^latency p50 [0-9.]+ ms, p90 [0-9.]+ ms, p99 [0-9.]+ ms, max [0-9.]+ ms$", lines[2]);
    }

    [Fact]
    public async Task Stopping_it_prints_what_was_measured_until_then()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var images = 0;
        Gateway.OnImage = (image, _) =>
        {
            if (Interlocked.Increment(ref images) == 20)
            {
                stop.Cancel();
            }

            return Task.FromResult<FakeAnswer?>(FakeAnswer.For(image.Data));
        };

        var run = await RunAsync(["bench", "--url", Url("grpc"), "--duration", "1h", "--concurrency", "1", "--json"], null, stop.Token);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(18, JsonDocument.Parse(run.Output).RootElement.GetProperty("images").GetInt32());
    }

    [Theory]
    [InlineData("--concurrency must be 1 to 4096", "--concurrency", "0")]
    [InlineData("--images-per-request must be 1 to 256", "--images-per-request", "257")]
    [InlineData("--rate must be more than 0", "--rate", "0")]
    [InlineData("--rate must be more than 0", "--rate", "NaN")]
    [InlineData("one stream of images", "--protocol", "grpc-stream", "--rate", "5")]
    [InlineData("one stream of images", "--protocol", "grpc-stream", "--images-per-request", "2")]
    [InlineData("'2d' is not a duration of up to a day", "--duration", "2d")]
    public async Task Options_out_of_bounds_are_refused(string expected, params string[] arguments) =>
        (await RunAsync(["bench", "--url", Url("grpc"), .. arguments])).AssertFailed(expected);

    private async Task<JsonElement> MeasureAsync(params string[] arguments)
    {
        var run = await RunAsync(["bench", "--duration", "200ms", "--json", .. arguments]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        return json.RootElement.Clone();
    }
}
