using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Tests.Golden;

/// <summary>Reference checkpoints, compiled and run by ONNX Runtime, against the features of the original implementation.</summary>
public sealed class CompiledModelTests : IDisposable
{
    private const int Side = 224;

    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("dinov2-golden-");

    public static TheoryData<string, PositionEmbeddingMode> References => new()
    {
        { "dinov2-nano", PositionEmbeddingMode.Legacy },
        { "dinov2-nano", PositionEmbeddingMode.Size },
        { "dinov2-nano-swiglu", PositionEmbeddingMode.Legacy },
        { "dinov2-nano-registers", PositionEmbeddingMode.Antialias },
    };

    public void Dispose() => _temporary.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(References))]
    public void Fp32_features_are_those_of_the_original(string checkpoint, PositionEmbeddingMode mode) =>
        AssertAgrees(checkpoint, mode, Precision.Fp32, leastCosine: 0.99999, greatestDifference: 2e-3);

    [Theory]
    [MemberData(nameof(References))]
    public void Fp16_features_are_close_to_those_of_the_original(string checkpoint, PositionEmbeddingMode mode) =>
        AssertAgrees(checkpoint, mode, Precision.Fp16, leastCosine: 0.999, greatestDifference: double.PositiveInfinity);

    [Theory]
    [MemberData(nameof(References))]
    public void Int8_features_point_the_way_of_the_original(string checkpoint, PositionEmbeddingMode mode) =>
        AssertAgrees(checkpoint, mode, Precision.Int8, leastCosine: 0.98, greatestDifference: double.PositiveInfinity);

    [Theory]
    [InlineData("dinov2-nano")]
    [InlineData("dinov2-nano-swiglu")]
    [InlineData("dinov2-nano-registers")]
    public void A_row_does_not_depend_on_the_rest_of_its_batch(string checkpoint)
    {
        using var session = Compile(checkpoint, null, Precision.Fp32);
        var crops = GoldenData.Images.Select(GoldenData.Crop).ToArray();
        var batch = Run(session, [.. crops.SelectMany(crop => crop)], crops.Length);
        var size = batch.Length / crops.Length;
        for (var i = 0; i < crops.Length; i++)
        {
            var alone = Run(session, crops[i], 1);
            for (var j = 0; j < size; j++)
            {
                Assert.Equal(alone[j], batch[(i * size) + j], 1e-4f);
            }
        }
    }

    private void AssertAgrees(string checkpoint, PositionEmbeddingMode mode, Precision precision, double leastCosine, double greatestDifference)
    {
        using var session = Compile(checkpoint, mode, precision);
        var expected = NpyFile.ReadFloats(GoldenData.Expected($"{checkpoint}.{mode.ToString().ToLowerInvariant()}.npy"));
        var actual = Run(session, [.. GoldenData.Images.SelectMany(GoldenData.Crop)], GoldenData.Images.Count);
        Assert.Equal(expected.Length, actual.Length);
        var size = expected.Length / GoldenData.Images.Count;
        for (var i = 0; i < GoldenData.Images.Count; i++)
        {
            var cosine = Similarity.Cosine(expected.AsSpan(i * size, size), actual.AsSpan(i * size, size));
            var difference = Similarity.MaxDifference(expected.AsSpan(i * size, size), actual.AsSpan(i * size, size));
            Assert.True(cosine >= leastCosine, $"{GoldenData.Images[i]}: cosine {cosine}");
            Assert.True(difference <= greatestDifference, $"{GoldenData.Images[i]}: difference {difference}");
        }
    }

    private InferenceSession Compile(string checkpoint, PositionEmbeddingMode? mode, Precision precision)
    {
        var directory = Path.Combine(_temporary.FullName, checkpoint);
        var options = new CompileOptions { Precision = precision, PositionEmbedding = mode };
        ModelCompiler.Compile(GoldenData.Checkpoint(checkpoint), directory, options, TestContext.Current.CancellationToken);
        return new InferenceSession(Path.Combine(directory, ModelCompiler.GraphFileName));
    }

    private static float[] Run(InferenceSession session, byte[] pixels, int images)
    {
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [images, Side, Side, 3]);
        using var outputs = session.Run(options, ["pixels"], [input], ["image_features"]);
        Assert.Equal(images, outputs[0].GetTensorTypeAndShape().Shape[0]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
