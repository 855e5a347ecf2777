using System.Runtime.InteropServices;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Primitives;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Dinov2Cluster.Gateway.Tests.PublishedInference;

namespace Dinov2Cluster.Gateway.Tests.Protocols.OpenInference;

public sealed class OpenInferenceGrpcTests : IAsyncLifetime
{
    private GatewayHost _host = null!;
    private GrpcChannel _channel = null!;
    private GRPCInferenceService.GRPCInferenceServiceClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(new() { ["Gateway:MaxImagesPerRequest"] = "3" }, map: FailingRoutes.UseGuard);
        _channel = GrpcChannel.ForAddress(_host.GrpcAddress);
        _client = new(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task The_server_and_its_models_say_what_they_are()
    {
        var live = await _client.ServerLiveAsync(new(), cancellationToken: Cancellation);
        var ready = await _client.ServerReadyAsync(new(), cancellationToken: Cancellation);
        var tiny = await _client.ModelReadyAsync(new() { Name = "tiny", Version = "1" }, cancellationToken: Cancellation);
        var huge = await _client.ModelReadyAsync(new() { Name = "huge" }, cancellationToken: Cancellation);
        var second = await _client.ModelReadyAsync(new() { Name = "tiny", Version = "2" }, cancellationToken: Cancellation);
        var server = await _client.ServerMetadataAsync(new(), cancellationToken: Cancellation);
        var model = await _client.ModelMetadataAsync(new() { Name = "tiny" }, cancellationToken: Cancellation);

        Assert.True(live.Live && ready.Ready && tiny.Ready);
        Assert.False(huge.Ready || second.Ready);
        Assert.Equal(("dinov2cluster", HostVersion.Number, "binary_tensor_data"), (server.Name, server.Version, Assert.Single(server.Extensions)));
        Assert.Equal(("tiny", "1", "onnx_onnxv1"), (model.Name, Assert.Single(model.Versions), model.Platform));
        Assert.Equal(["image BYTES -1", "pixel_values FP32 -1,3,14,14"], model.Inputs.Select(Describe));
        Assert.Equal(["image_features FP32 -1,6"], model.Outputs.Select(Describe));
    }

    [Fact]
    public async Task Without_a_model_the_server_is_live_but_not_ready()
    {
        _host.Router.Served.Clear();

        Assert.True((await _client.ServerLiveAsync(new(), cancellationToken: Cancellation)).Live);
        Assert.False((await _client.ServerReadyAsync(new(), cancellationToken: Cancellation)).Ready);
    }

    [Fact]
    public async Task Raw_files_and_text_get_raw_features()
    {
        var request = Request(new() { Name = "image", Datatype = "BYTES", Shape = { 2, 1 } });
        request.Id = "42";
        request.Outputs.Add(new RequestedOutput { Name = "image_features" });
        request.RawInputContents.Add(ByteString.CopyFrom(InferBody.Elements(TestImage.Bmp(1), Text(2))));

        var response = await _client.ModelInferAsync(request, cancellationToken: Cancellation);

        Assert.Equal(("tiny", "1", "42"), (response.ModelName, response.ModelVersion, response.Id));
        Assert.Equal("image_features FP32 2,6", Describe(Assert.Single(response.Outputs)));
        Assert.Null(response.Outputs[0].Contents);
        Assert.Equal(Features(1, 2), MemoryMarshal.Cast<byte, float>(Assert.Single(response.RawOutputContents).Span).ToArray());
        CheckNothingHeld();
    }

    [Fact]
    public async Task Typed_files_and_text_get_typed_features()
    {
        var contents = new Contents { Elements = { ByteString.CopyFrom(TestImage.Bmp(1)), ByteString.CopyFrom(Text(2)) } };

        var response = await _client.ModelInferAsync(
            Request(new() { Name = "image", Datatype = "BYTES", Shape = { 2 }, Contents = contents }), cancellationToken: Cancellation);

        Assert.Empty(response.RawOutputContents);
        Assert.Equal(Features(1, 2), response.Outputs[0].Contents.Fp32);
        CheckNothingHeld();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pixels_give_the_features_of_their_image(bool isRaw)
    {
        var model = _host.Router.Served["tiny"];
        float[] values = [.. InferBody.PixelValues(model, TestImage.Bmp(1)), .. InferBody.PixelValues(model, TestImage.Bmp(2))];
        var request = Request(new() { Name = "pixel_values", Datatype = "FP32", Shape = { 2, 3, 14, 14 } });
        if (isRaw)
        {
            request.RawInputContents.Add(ByteString.CopyFrom(TestPixels.Bytes(values)));
        }
        else
        {
            request.Inputs[0].Contents = new Contents { Fp32 = { values } };
        }

        var response = await _client.ModelInferAsync(request, cancellationToken: Cancellation);

        Assert.Equal(
            Features(1, 2),
            isRaw ? MemoryMarshal.Cast<byte, float>(response.RawOutputContents[0].Span).ToArray() : [.. response.Outputs[0].Contents.Fp32]);
        CheckNothingHeld();
    }

    [Fact]
    public async Task Parameters_choose_what_comes()
    {
        var request = Image();
        request.ModelName = "wide";
        request.Parameters["output"] = new() { Text = "patch_tokens" };
        request.Parameters["normalize"] = new() { Flag = true };
        request.Parameters["on_error"] = new() { Text = "fail" };
        request.Parameters["priority"] = new() { Number = 1 };

        var response = await _client.ModelInferAsync(request, new Metadata { { "x-dinov2-priority", "bulk" } }, cancellationToken: Cancellation);

        Assert.Equal("image_features FP32 1,4,10", Describe(response.Outputs[0]));
        Assert.Equal(
            FeatureNorm.Normalize(TestImage.Features(_host.Router.Served["wide"], TestImage.Bmp(1), Output.PatchTokens), 10).ToArray(),
            response.Outputs[0].Contents.Fp32);
        Assert.Equal([Priority.Bulk], _host.Router.Priorities);
    }

    [Theory]
    [InlineData(nameof(EmbeddingErrorKind.BadRequest), StatusCode.InvalidArgument)]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedMediaType), StatusCode.InvalidArgument)]
    [InlineData(nameof(EmbeddingErrorKind.BodyTooLarge), StatusCode.InvalidArgument)]
    [InlineData(nameof(EmbeddingErrorKind.TooManyImages), StatusCode.InvalidArgument)]
    [InlineData(nameof(EmbeddingErrorKind.BadImage), StatusCode.InvalidArgument)]
    [InlineData(nameof(EmbeddingErrorKind.UnknownModel), StatusCode.NotFound)]
    [InlineData(nameof(EmbeddingErrorKind.UnsupportedOutput), StatusCode.FailedPrecondition)]
    [InlineData(nameof(EmbeddingErrorKind.Unauthenticated), StatusCode.Unauthenticated)]
    [InlineData(nameof(EmbeddingErrorKind.Forbidden), StatusCode.PermissionDenied)]
    [InlineData(nameof(EmbeddingErrorKind.RateLimited), StatusCode.ResourceExhausted)]
    [InlineData(nameof(EmbeddingErrorKind.QuotaExceeded), StatusCode.ResourceExhausted)]
    [InlineData(nameof(EmbeddingErrorKind.Overloaded), StatusCode.ResourceExhausted)]
    [InlineData(nameof(EmbeddingErrorKind.NoDevice), StatusCode.Unavailable)]
    [InlineData(nameof(EmbeddingErrorKind.DeadlineExceeded), StatusCode.DeadlineExceeded)]
    [InlineData(nameof(EmbeddingErrorKind.Internal), StatusCode.Internal)]
    public async Task Every_kind_of_error_has_its_status(string kind, StatusCode status)
    {
        _host.ExpectsErrors = kind == "Internal";
        FailingRoutes.Fail(_host.Router, kind);

        var behind = await FailAsync(Image(), status);
        var before = await Assert.ThrowsAsync<RpcException>(() => _client.ServerMetadataAsync(
            new(), new Metadata { { FailingRoutes.GuardHeader, kind } }, cancellationToken: Cancellation).ResponseAsync);

        Assert.Equal(behind.StatusCode, before.StatusCode);
        CheckNothingHeld();
    }

    public static TheoryData<string> Malformed =>
    [
        "none", "two", "name", "datatype", "shape", "many", "raw", "both", "raw elements", "elements", "floats", "outputs", "two outputs",
        "on_error", "normalize", "output", "shared memory", "classification", "image",
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_request_is_an_invalid_argument(string what)
    {
        var request = Image();
        var input = request.Inputs[0];
        Action change = what switch
        {
            "none" => request.Inputs.Clear,
            "two" => () => request.Inputs.Add(input.Clone()),
            "name" => () => input.Name = "picture",
            "datatype" => () => input.Datatype = "UINT8",
            "shape" => () => input.Shape.Add(2),
            "many" => () => input.Shape[0] = long.MaxValue,
            "raw" => () => request.RawInputContents.Add([ByteString.Empty, ByteString.Empty]),
            "both" => () => request.RawInputContents.Add(ByteString.CopyFrom(InferBody.Elements(TestImage.Bmp(1)))),
            "raw elements" => () => (input.Contents, _) = (null, Add(request, [255, 255, 255, 255])),
            "elements" => () => input.Shape[0] = 2,
            "floats" => () => request.Inputs[0] = new() { Name = "pixel_values", Datatype = "FP32", Shape = { 1, 3, 14, 14 } },
            "outputs" => () => request.Outputs.Add(new RequestedOutput { Name = "logits" }),
            "two outputs" => () => request.Outputs.Add([new() { Name = "image_features" }, new() { Name = "image_features" }]),
            "on_error" => () => request.Parameters["on_error"] = new() { Text = "null" },
            "normalize" => () => request.Parameters["normalize"] = new() { Text = "true" },
            "output" => () => request.Parameters["output"] = new() { Text = "all" },
            "shared memory" => () => input.Parameters["shared_memory_region"] = new() { Text = "r" },
            "classification" => () => request.Outputs.Add(
                new RequestedOutput { Name = "image_features", Parameters = { ["classification"] = new() { Number = 3 } } }),
            _ => () => input.Contents.Elements[0] = ByteString.CopyFrom(1, 2, 3),
        };
        change();

        var error = await FailAsync(request, StatusCode.InvalidArgument);

        Assert.NotEmpty(error.Status.Detail);
        Assert.Empty(_host.Router.Calls);
        CheckNothingHeld();
    }

    [Theory]
    [InlineData("huge", "")]
    [InlineData("tiny", "2")]
    public async Task An_unknown_model_or_version_is_not_found(string name, string version)
    {
        var request = Image();
        (request.ModelName, request.ModelVersion) = (name, version);

        await FailAsync(request, StatusCode.NotFound);
        var error = await Assert.ThrowsAsync<RpcException>(() => _client.ModelMetadataAsync(
            new() { Name = name, Version = version }, cancellationToken: Cancellation).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task A_full_body_budget_is_exhausted()
    {
        var budget = _host.Services.GetRequiredService<BodyBudget>();
        // All but less than the message takes.
        using var others = budget.Lease();
        for (var step = 1L << 40; step >= 64; step /= 2)
        {
            others.TryGrow(step);
        }

        var error = await FailAsync(Image(), StatusCode.ResourceExhausted);

        Assert.NotNull(error.Trailers.Get("retry-after"));
        others.Dispose();
        await _client.ModelInferAsync(Image(), cancellationToken: Cancellation);
    }

    private static ModelInferRequest Request(Tensor input) => new() { ModelName = "tiny", Inputs = { input } };

    private static ModelInferRequest Image() => Request(new()
    {
        Name = "image",
        Datatype = "BYTES",
        Shape = { 1 },
        Contents = new Contents { Elements = { ByteString.CopyFrom(TestImage.Bmp(1)) } },
    });

    private static bool Add(ModelInferRequest request, byte[] raw)
    {
        request.RawInputContents.Add(ByteString.CopyFrom(raw));
        return true;
    }

    private static byte[] Text(int seed) => System.Text.Encoding.ASCII.GetBytes(TestImage.Base64(seed));

    private static string Describe(TensorMetadata tensor) => $"{tensor.Name} {tensor.Datatype} {string.Join(',', tensor.Shape)}";

    private static string Describe(Tensor tensor) => $"{tensor.Name} {tensor.Datatype} {string.Join(',', tensor.Shape)}";

    private float[] Features(params int[] seeds) =>
        [.. seeds.SelectMany(seed => TestImage.Features(_host.Router.Served["tiny"], TestImage.Bmp(seed)))];

    private void CheckNothingHeld() => Assert.Equal(0, _host.Services.GetRequiredService<BodyBudget>().Used);

    private async Task<RpcException> FailAsync(ModelInferRequest request, StatusCode status)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => _client.ModelInferAsync(request, cancellationToken: Cancellation).ResponseAsync);
        Assert.True(error.StatusCode == status, error.ToString());
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
        return error;
    }
}
