using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Inference.Tests.Sessions;

public sealed class OnnxSessionOptionsTests
{
    private const string StrictMode = "enable_skip_layer_norm_strict_mode";

    private static readonly DeviceId _device = new(DeviceKind.Cuda, 3);

    private readonly ModelManifest _manifest = new()
    {
        Name = "test",
        EmbeddingSize = 3,
        Layers = 1,
        Heads = 1,
        RegisterTokens = 0,
        ImageSize = 4,
        PatchSize = 2,
        Precision = Precision.Fp16,
        PositionEmbedding = PositionEmbeddingMode.Legacy,
        SourceSha256 = "",
        Preprocessing = new PreprocessorConfig(),
    };

    [Fact]
    public void Attention_builds_no_plan_under_traffic()
    {
        var settings = OnnxSessionOptions.CudaSettings(_device, manifest: null);

        Assert.Equal(("3", "3"), (settings["device_id"], settings["sdpa_kernel"]));
        Assert.DoesNotContain(StrictMode, settings.Keys);
    }

    [Theory]
    [InlineData(ResidualPrecision.Fp32, false)]
    [InlineData(ResidualPrecision.Fp16, true)]
    public void Sums_of_a_residual_stream_in_fp16_are_computed_in_fp32(ResidualPrecision residual, bool strict)
    {
        var settings = OnnxSessionOptions.CudaSettings(_device, _manifest with { Residual = residual });

        Assert.Equal(strict, settings.TryGetValue(StrictMode, out var value) && value == "1");
    }
}
