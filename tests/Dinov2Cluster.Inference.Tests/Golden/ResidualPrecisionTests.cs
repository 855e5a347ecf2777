using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Tests.Golden;

/// <summary>Reference checkpoints in fp16, with both precisions of the residual stream, against the original implementation in fp32.</summary>
public sealed class ResidualPrecisionTests : IDisposable
{
    private const int Side = 224;
    private const int Size = 128;
    private const int Patches = 256;
    private const double LeastCosine = 0.9999;

    private static readonly string[] _outputs = [GraphNames.ImageFeatures, GraphNames.PatchFeatures, GraphNames.PatchMean];

    private readonly TemporaryDirectory _temporary = new();

    public static TheoryData<string, ResidualPrecision> Models => new MatrixTheoryData<string, ResidualPrecision>(
        ["dinov2-nano", "dinov2-nano-swiglu", "dinov2-nano-registers"], Enum.GetValues<ResidualPrecision>());

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Cls_features_are_close_to_those_of_fp32(string checkpoint, ResidualPrecision residual)
    {
        using var outputs = Run(checkpoint, residual, patchTokens: false);

        AssertClose(NpyFile.ReadFloats(GoldenData.Expected($"{Name(checkpoint)}.npy")), outputs[0].GetTensorDataAsSpan<float>());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Patch_tokens_and_their_mean_are_close_to_those_of_fp32(string checkpoint, ResidualPrecision residual)
    {
        using var outputs = Run(checkpoint, residual, patchTokens: true);
        var tokens = NpyFile.ReadFloats(GoldenData.Expected($"{Name(checkpoint)}.patch_tokens.image0.npy"));
        var mean = new float[Size];
        SimulatedFeatures.Average(tokens, mean);

        AssertClose(NpyFile.ReadFloats(GoldenData.Expected($"{Name(checkpoint)}.npy")), outputs[0].GetTensorDataAsSpan<float>());
        AssertClose(tokens, outputs[1].GetTensorDataAsSpan<float>()[..(Patches * Size)]);
        AssertClose(mean, outputs[2].GetTensorDataAsSpan<float>()[..Size]);
    }

    private static string Name(string checkpoint) => $"{checkpoint}.{(checkpoint == "dinov2-nano-registers" ? "antialias" : "legacy")}";

    private IDisposableReadOnlyCollection<OrtValue> Run(string checkpoint, ResidualPrecision residual, bool patchTokens)
    {
        var compile = new CompileOptions { Precision = Precision.Fp16, Residual = residual, PatchTokens = patchTokens };
        ModelCompiler.Compile(GoldenData.Checkpoint(checkpoint), _temporary["model"], compile, TestContext.Current.CancellationToken);
        using var session = new InferenceSession(Path.Combine(_temporary["model"], ModelCompiler.GraphFileName));
        byte[] pixels = [.. GoldenData.Images.SelectMany(GoldenData.Crop)];
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [GoldenData.Images.Count, Side, Side, 3]);
        return session.Run(options, [GraphNames.Pixels], [input], patchTokens ? _outputs : _outputs[..1]);
    }

    // One row at a time: a cosine over all would hide a bad one.
    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var least = 1.0;
        for (var start = 0; start < expected.Length; start += Size)
        {
            least = Math.Min(least, Similarity.Cosine(expected.Slice(start, Size), actual.Slice(start, Size)));
        }

        Assert.True(least >= LeastCosine, $"least cosine {least}");
    }
}
