using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using EmbedRequest = Dinov2Cluster.Protocol.V1.EmbedRequest;
using Output = Dinov2Cluster.Primitives.Output;
using Priority = Dinov2Cluster.Primitives.Priority;
using Wire = Dinov2Cluster.Protocol.V1;

namespace Dinov2Cluster.Gateway.Tests.Protocols.EmbeddingsV1;

public sealed class EmbedTests : IAsyncLifetime
{
    private GatewayHost _host = null!;
    private EmbeddingsClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(fetcher: new OneImageFetcher());
        _client = new EmbeddingsClient(_host);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Files_urls_and_crops_are_answered_in_order()
    {
        var tiny = _host.Router.Served["tiny"];

        var reply = await _client.EmbedAsync(
            options: null,
            EmbeddingsClient.Encoded(TestImage.Bmp(1)),
            new Image { Url = OneImageFetcher.Url },
            new Image { Crop = ByteString.CopyFrom(TestImage.Crop(tiny, TestImage.Bmp(3))) },
            EmbeddingsClient.Encoded(TestImage.Bmp(4)));

        Assert.Equal(("tiny", 1u, 6u), (reply.Model, reply.Vectors, reply.Dimensions));
        Assert.Equal(
            Enumerable.Range(1, 4).Select(seed => TestImage.Features(tiny, TestImage.Bmp(seed))), reply.Results.Select(EmbeddingsClient.Floats));
        Assert.Equal(0.0015, reply.Timings.Queue);
        Assert.Equal(0.25, reply.Timings.Inference);
        Assert.InRange(reply.Timings.Preprocess, double.Epsilon, reply.Timings.Total);
    }

    [Fact]
    public async Task Many_images_keep_their_order_over_several_calls()
    {
        var files = Enumerable.Range(0, 30).Select(seed => TestImage.Bmp(seed)).ToArray();

        var reply = await _client.EmbedAsync(options: null, [.. files.Select(EmbeddingsClient.Encoded)]);

        Assert.Equal(files.Select(file => TestImage.Features(_host.Router.Served["tiny"], file)), reply.Results.Select(EmbeddingsClient.Floats));
        Assert.True(_host.Router.Calls.Count > 1);
    }

    [Fact]
    public async Task No_images_give_no_results()
    {
        var reply = await _client.EmbedAsync(new EmbedRequest());

        Assert.Equal(("tiny", 6u), (reply.Model, reply.Dimensions));
        Assert.Empty(reply.Results);
    }

    [Theory]
    [InlineData(Wire.Output.Unspecified, Output.Cls, 1, 10)]
    [InlineData(Wire.Output.Cls, Output.Cls, 1, 10)]
    [InlineData(Wire.Output.ClsMean, Output.ClsMean, 1, 20)]
    [InlineData(Wire.Output.PatchTokens, Output.PatchTokens, 4, 10)]
    public async Task Each_output_has_its_shape(object output, Output expected, int vectors, int dimensions)
    {
        var reply = await _client.EmbedAsync(
            new EmbedOptions { Model = "wide", Output = (Wire.Output)output }, EmbeddingsClient.Encoded(TestImage.Bmp(1)));

        Assert.Equal(("wide", vectors, dimensions), (reply.Model, (int)reply.Vectors, (int)reply.Dimensions));
        Assert.Equal(TestImage.Features(_host.Router.Served["wide"], TestImage.Bmp(1), expected), EmbeddingsClient.Floats(Assert.Single(reply.Results)));
    }

    [Fact]
    public async Task Normalized_vectors_have_length_one()
    {
        var reply = await _client.EmbedAsync(
            new EmbedOptions { Model = "wide", Output = Wire.Output.PatchTokens, Normalize = true }, EmbeddingsClient.Encoded(TestImage.Bmp(1)));

        Assert.All(
            EmbeddingsClient.Floats(Assert.Single(reply.Results)).Chunk(10), vector => Assert.Equal(1, Math.Sqrt(vector.Sum(x => (double)x * x)), 1e-6));
    }

    [Fact]
    public async Task A_refused_image_can_leave_the_others_alone()
    {
        var reply = await _client.EmbedAsync(
            new EmbedOptions { OnError = OnError.Null },
            EmbeddingsClient.Encoded(TestImage.Bmp(1)),
            EmbeddingsClient.Encoded("no image"),
            new Image { Url = "ftp://example/cat.jpg" },
            new Image { Crop = ByteString.CopyFrom(1, 2, 3) },
            new Image { Encoded = ByteString.Empty },
            EmbeddingsClient.Encoded(TestImage.Bmp(2)));

        Assert.Equal(TestImage.Features(_host.Router.Served["tiny"], TestImage.Bmp(1)), EmbeddingsClient.Floats(reply.Results[0]));
        Assert.Equal(TestImage.Features(_host.Router.Served["tiny"], TestImage.Bmp(2)), EmbeddingsClient.Floats(reply.Results[5]));
        Assert.All(reply.Results.Skip(1).Take(4), result => Assert.Equal((3, "bad_image"), (result.Error.Code, result.Error.Reason)));
        Assert.All(reply.Results.Skip(1).Take(4), result => Assert.True(result.Features.IsEmpty));
        Assert.Equal(
            new[] { ImageErrorKind.UnsupportedFormat, ImageErrorKind.InvalidUrl, ImageErrorKind.WrongSize, ImageErrorKind.Empty }.Select(kind => new ImageException(kind).Message),
            reply.Results.Skip(1).Take(4).Select(result => result.Error.Message));
    }

    [Theory]
    [InlineData(Wire.Priority.Unspecified, Priority.Interactive)]
    [InlineData(Wire.Priority.Interactive, Priority.Interactive)]
    [InlineData(Wire.Priority.Bulk, Priority.Bulk)]
    public async Task The_priority_reaches_the_devices(object priority, Priority expected)
    {
        await _client.EmbedAsync(new EmbedOptions { Priority = (Wire.Priority)priority }, EmbeddingsClient.Encoded(TestImage.Bmp(1)));

        Assert.Equal([expected], _host.Router.Priorities);
    }

    [Fact]
    public async Task A_message_counts_against_the_body_budget_until_it_is_answered()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(crops: crops);
        using var client = new EmbeddingsClient(host);
        var bodies = host.Services.GetRequiredService<BodyBudget>();
        var request = new EmbedRequest { Images = { EmbeddingsClient.Encoded("wait-a") } };

        var call = client.EmbedAsync(request);
        await crops.Started("wait-a").WaitAsync(TestContext.Current.CancellationToken);
        var held = bodies.Used;
        crops.Release("wait-a");
        await call;

        Assert.Equal(request.CalculateSize(), held);
        Assert.Equal(0, bodies.Used);
    }

    [Fact]
    public async Task Calls_are_measured_as_grpc()
    {
        using var requests = new MetricCollector<long>(
            _host.Services.GetRequiredService<IMeterFactory>(), GatewayMetrics.Name, "dinov2.gateway.requests");

        await _client.EmbedAsync(options: null, EmbeddingsClient.Encoded(TestImage.Bmp(1)));
        await requests.WaitForMeasurementsAsync(1, TestContext.Current.CancellationToken);

        Assert.Equal("grpc", Assert.Single(requests.GetMeasurementSnapshot()).Tags["protocol"]);
    }

    [Fact]
    public async Task The_caller_is_charged_for_every_image()
    {
        var caller = new CountingCaller();
        await using var host = await GatewayHost.StartAsync(services: services => services.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter>(new CallerFilter(caller)));
        using var client = new EmbeddingsClient(host);

        await client.EmbedAsync(options: null, EmbeddingsClient.Encoded(TestImage.Bmp(1)), EmbeddingsClient.Encoded(TestImage.Bmp(2)));

        Assert.Equal([2], caller.Taken);
    }

    private sealed class OneImageFetcher : IImageFetcher
    {
        public const string Url = "https://images.example/cat.bmp";

        public ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken)
        {
            Assert.Equal(Url, url);
            var file = TestImage.Bmp(2);
            var buffer = PooledBuffer.Rent(file.Length);
            file.CopyTo(buffer.Writable.Span);
            return ValueTask.FromResult(buffer);
        }
    }
}
