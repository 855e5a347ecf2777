using System.Net.Sockets;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Dinov2Cluster.Protocol.V1;
using Dinov2Cluster.TestSupport;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Gateway.Tests.Protocols.EmbeddingsV1;

public sealed class EmbedErrorTests : IAsyncLifetime
{
    private GatewayHost _host = null!;
    private EmbeddingsClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(new() { ["Gateway:MaxImagesPerRequest"] = "3", ["Gateway:MaxBodyBytes"] = "100000" }, fetcher: new RefusingFetcher());
        _client = new EmbeddingsClient(_host);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData(EmbeddingErrorKind.BadRequest, StatusCode.InvalidArgument, "bad_request")]
    [InlineData(EmbeddingErrorKind.UnsupportedMediaType, StatusCode.InvalidArgument, "unsupported_media_type")]
    [InlineData(EmbeddingErrorKind.BodyTooLarge, StatusCode.InvalidArgument, "body_too_large")]
    [InlineData(EmbeddingErrorKind.TooManyImages, StatusCode.InvalidArgument, "too_many_images")]
    [InlineData(EmbeddingErrorKind.BadImage, StatusCode.InvalidArgument, "bad_image")]
    [InlineData(EmbeddingErrorKind.UnknownModel, StatusCode.NotFound, "unknown_model")]
    [InlineData(EmbeddingErrorKind.UnsupportedOutput, StatusCode.FailedPrecondition, "unsupported_output")]
    [InlineData(EmbeddingErrorKind.Unauthenticated, StatusCode.Unauthenticated, "unauthenticated")]
    [InlineData(EmbeddingErrorKind.Forbidden, StatusCode.PermissionDenied, "forbidden")]
    [InlineData(EmbeddingErrorKind.RateLimited, StatusCode.ResourceExhausted, "rate_limited")]
    [InlineData(EmbeddingErrorKind.QuotaExceeded, StatusCode.ResourceExhausted, "quota_exceeded")]
    [InlineData(EmbeddingErrorKind.Overloaded, StatusCode.ResourceExhausted, "overloaded")]
    [InlineData(EmbeddingErrorKind.NoDevice, StatusCode.Unavailable, "no_device")]
    [InlineData(EmbeddingErrorKind.DeadlineExceeded, StatusCode.DeadlineExceeded, "deadline_exceeded")]
    [InlineData(EmbeddingErrorKind.Internal, StatusCode.Internal, "internal")]
    public async Task Every_kind_has_its_status_and_its_reason(object kind, StatusCode status, string reason)
    {
        _host.ExpectsErrors = kind is EmbeddingErrorKind.Internal;
        _host.Router.OnEmbed = (_, _, _) => throw new EmbeddingException(
            (EmbeddingErrorKind)kind, "10.1.2.3 secret", retryAfter: TimeSpan.FromSeconds(7));

        var error = await RefusedAsync(new EmbedRequest { Images = { EmbeddingsClient.Encoded(TestImage.Bmp(1)) } });

        Assert.Equal((status, reason), (error.StatusCode, error.Trailers.GetValue("dinov2-reason")));
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
        var waits = status == StatusCode.ResourceExhausted;
        Assert.Equal(waits ? "7" : null, error.Trailers.GetValue("retry-after"));
        Assert.Equal(waits ? "7000" : null, error.Trailers.GetValue("grpc-retry-pushback-ms"));
    }

    [Fact]
    public void Every_kind_is_in_the_test_above() => Assert.Equal(
        Enum.GetValues<EmbeddingErrorKind>().Length,
        typeof(EmbedErrorTests).GetMethod(nameof(Every_kind_has_its_status_and_its_reason))!.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Length);

    [Fact]
    public async Task A_fault_of_ours_is_logged_and_not_told()
    {
        _host.ExpectsErrors = true;
        _host.Router.OnEmbed = (_, _, _) => Task.FromException<GroupResult>(new InvalidOperationException("10.1.2.3 secret"));

        var error = await RefusedAsync(new EmbedRequest { Images = { EmbeddingsClient.Encoded(TestImage.Bmp(1)) } });

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(_host.Logs.GetSnapshot(), log => log.Level == LogLevel.Error && log.Exception?.InnerException?.Message == "10.1.2.3 secret");
    }

    public static TheoryData<string, string, ImageErrorKind> BadImages => new()
    {
        { "encoded", "", ImageErrorKind.Empty },
        { "encoded", "hello", ImageErrorKind.UnsupportedFormat },
        { "crop", "", ImageErrorKind.WrongSize },
        { "crop", "abc", ImageErrorKind.WrongSize },
        { "url", "", ImageErrorKind.InvalidUrl },
        { "url", "http://", ImageErrorKind.InvalidUrl },
        { "url", "file:///etc/passwd", ImageErrorKind.InvalidUrl },
        { "url", "data:image/png;base64,aGVsbG8=", ImageErrorKind.InvalidUrl },
        { "url", "aGVsbG8=", ImageErrorKind.InvalidUrl },
        { "url", "https://images.example/cat.jpg", ImageErrorKind.FetchFailed },
    };

    [Theory]
    [MemberData(nameof(BadImages))]
    public async Task A_bad_image_is_named_by_row_and_reason(string source, string value, ImageErrorKind kind)
    {
        var image = source switch
        {
            "encoded" => EmbeddingsClient.Encoded(value),
            "crop" => new Image { Crop = ByteString.CopyFromUtf8(value) },
            _ => new Image { Url = value },
        };

        var error = await RefusedAsync(new EmbedRequest { Images = { EmbeddingsClient.Encoded(TestImage.Bmp(1)), image } });

        Assert.Equal(
            (StatusCode.InvalidArgument, "bad_image", $"Row 1: {new ImageException(kind).Message}"),
            (error.StatusCode, error.Trailers.GetValue("dinov2-reason"), error.Status.Detail));
    }

    [Fact]
    public async Task An_image_without_a_source_is_named()
    {
        var error = await RefusedAsync(new EmbedRequest { Images = { EmbeddingsClient.Encoded(TestImage.Bmp(1)), new Image() }, Options = new EmbedOptions { OnError = OnError.Null } });

        Assert.Equal(
            (StatusCode.InvalidArgument, "Row 1: the image has none of 'encoded', 'url' and 'crop'."), (error.StatusCode, error.Status.Detail));
        Assert.Empty(_host.Router.Calls);
    }

    [Fact]
    public async Task Values_that_the_enums_do_not_have_are_refused()
    {
        await CheckAsync(new EmbedOptions { Output = (Output)4 }, "output");
        await CheckAsync(new EmbedOptions { OnError = (OnError)3 }, "on_error");
        await CheckAsync(new EmbedOptions { Priority = (Priority)(-1) }, "priority");
        Assert.Empty(_host.Router.Calls);

        async Task CheckAsync(EmbedOptions options, string field)
        {
            var error = await RefusedAsync(new EmbedRequest { Options = options });
            Assert.Equal(
                (StatusCode.InvalidArgument, $"'options.{field}' has a value that this gateway does not know."), (error.StatusCode, error.Status.Detail));
        }
    }

    [Fact]
    public async Task A_model_that_nobody_serves_is_named_with_those_that_are()
    {
        var unknown = await RefusedAsync(new EmbedRequest { Options = new EmbedOptions { Model = "huge" } });
        var unfit = await RefusedAsync(new EmbedRequest { Options = new EmbedOptions { Model = "tiny", Output = Output.PatchTokens } });
        _host.Router.Served.Clear();
        var none = await RefusedAsync(new EmbedRequest());

        Assert.Equal((StatusCode.NotFound, "The model that the request names is not served. Models: [tiny, wide]."), (unknown.StatusCode, unknown.Status.Detail));
        Assert.Equal(StatusCode.FailedPrecondition, unfit.StatusCode);
        Assert.Equal(StatusCode.Unavailable, none.StatusCode);
    }

    [Fact]
    public async Task More_images_than_a_request_may_hold_are_refused()
    {
        var error = await RefusedAsync(new EmbedRequest { Images = { Enumerable.Range(0, 4).Select(_ => EmbeddingsClient.Encoded("x")) } });

        Assert.Equal((StatusCode.InvalidArgument, "too_many_images"), (error.StatusCode, error.Trailers.GetValue("dinov2-reason")));
    }

    [Fact]
    public async Task A_message_over_the_limit_is_refused_by_its_length()
    {
        var error = await RefusedAsync(new EmbedRequest { Images = { EmbeddingsClient.Encoded(new byte[100_000]) } });

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Null(error.Trailers.GetValue("retry-after"));
        Assert.Equal(0, _host.Services.GetRequiredService<BodyBudget>().Used);
        await _client.EmbedAsync(options: null, EmbeddingsClient.Encoded(TestImage.Bmp(1)));
    }

    [Fact]
    public async Task A_message_that_does_not_fit_the_budget_is_overload()
    {
        var bodies = _host.Services.GetRequiredService<BodyBudget>();
        using var others = bodies.Lease();
        Assert.True(others.TryGrow(1_000_000_000 - 10));

        var error = await RefusedAsync(new EmbedRequest { Images = { EmbeddingsClient.Encoded(TestImage.Bmp(1)) } });

        Assert.Equal((StatusCode.ResourceExhausted, "overloaded", "1"), (error.StatusCode, error.Trailers.GetValue("dinov2-reason"), error.Trailers.GetValue("retry-after")));
        Assert.Equal(1_000_000_000 - 10, bodies.Used);
    }

    [Theory]
    [InlineData("07")]
    [InlineData("0A05")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01")]
    [InlineData("80")]
    [InlineData("00")]
    [InlineData("0B")]
    [InlineData("0A020A05")]
    [InlineData("1202FFFF")]
    public async Task Bytes_that_are_no_message_are_refused(string hex)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => _client.EmbedBytesAsync(Convert.FromHexString(hex)));

        Assert.Equal((StatusCode.InvalidArgument, "The message is not a dinov2.v1.EmbedRequest."), (error.StatusCode, error.Status.Detail));
        Assert.Equal(0, _host.Services.GetRequiredService<BodyBudget>().Used);
    }

    [Theory]
    [InlineData("dinov2.v1.Embeddings", "Nothing")]
    [InlineData("dinov2.v9.Nothing", "Embed")]
    public async Task What_is_not_there_is_unimplemented(string service, string name)
    {
        var bytes = Marshallers.Create(bytes => bytes, bytes => bytes);
        var method = new Method<byte[], byte[]>(MethodType.Unary, service, name, bytes, bytes);

        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await _client.Invoker.AsyncUnaryCall(method, host: null, new CallOptions(cancellationToken: Cancellation), []));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task The_gateways_deadline_ends_a_call()
    {
        var time = new TestClock();
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(time: time, crops: crops);
        using var client = new EmbeddingsClient(host);

        var call = client.EmbedAsync(options: null, EmbeddingsClient.Encoded("wait-a"));
        await crops.Started("wait-a").WaitAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(60));
        var error = await Assert.ThrowsAsync<RpcException>(() => call);

        Assert.Equal((StatusCode.DeadlineExceeded, "deadline_exceeded"), (error.StatusCode, error.Trailers.GetValue("dinov2-reason")));
        Assert.Equal(0, host.Services.GetRequiredService<AdmissionControl>().ImagesInFlight);
    }

    [Fact]
    public async Task A_client_that_gives_up_stops_its_call()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Router.OnEmbed = async (_, _, token) =>
        {
            called.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopped.SetResult();
            throw new OperationCanceledException(token);
        };
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        using var call = _client.Embed(
            new EmbedRequest { Images = { EmbeddingsClient.Encoded(TestImage.Bmp(1)) } }, new CallOptions(cancellationToken: cancellation.Token));
        await called.Task.WaitAsync(Cancellation);
        await cancellation.CancelAsync();

        await stopped.Task.WaitAsync(Cancellation);
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
    }

    private Task<RpcException> RefusedAsync(EmbedRequest request) => Assert.ThrowsAsync<RpcException>(() => _client.EmbedAsync(request));

    private sealed class RefusingFetcher : IImageFetcher
    {
        public ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken) =>
            throw new ImageException(ImageErrorKind.FetchFailed, new SocketException(10061, "10.1.2.3 secret"));
    }
}
