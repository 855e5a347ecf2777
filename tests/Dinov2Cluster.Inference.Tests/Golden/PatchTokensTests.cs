using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dinov2Cluster.Inference.Tests.Golden;

/// <summary>Reference checkpoints, compiled with their patch tokens, against the features and tokens of the original implementation.</summary>
public sealed class PatchTokensTests : IDisposable
{
    private const int Size = 128;
    private const int Patches = 256;

    private static readonly DeviceOptions _device = new() { Threads = 1 };

    private readonly TemporaryDirectory _temporary = new();

    /// <summary>Checkpoint, how its positions are interpolated, precision, least cosine and greatest difference.</summary>
    public static TheoryData<string, string, Precision, double, double> References
    {
        get
        {
            var references = new TheoryData<string, string, Precision, double, double>();
            foreach (var (checkpoint, mode) in new[] { ("dinov2-nano", "legacy"), ("dinov2-nano-swiglu", "legacy"), ("dinov2-nano-registers", "antialias") })
            {
                references.Add(checkpoint, mode, Precision.Fp32, 0.99999, 2e-3);
                references.Add(checkpoint, mode, Precision.Fp16, 0.999, double.PositiveInfinity);
                references.Add(checkpoint, mode, Precision.Int8, 0.98, double.PositiveInfinity);
            }

            return references;
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(References))]
    public void Tokens_and_features_are_those_of_the_original(string checkpoint, string mode, Precision precision, double leastCosine, double greatestDifference)
    {
        var manifest = Compile(checkpoint, precision);
        using var session = OnnxModelSession.Load(GraphPath, manifest, _device, GoldenData.Images.Count, Token);
        using var lane = session.CreateLane(GoldenData.Images.Count);
        Assert.Equal(Patches, session.Signature.PatchTokens);
        var features = NpyFile.ReadFloats(GoldenData.Expected($"{checkpoint}.{mode}.npy"));
        var tokens = NpyFile.ReadFloats(GoldenData.Expected($"{checkpoint}.{mode}.patch_tokens.image0.npy"));

        Fill(lane);
        lane.Run(GoldenData.Images.Count, session.Signature.Outputs, Token);

        for (var slot = 0; slot < GoldenData.Images.Count; slot++)
        {
            AssertClose(features.AsSpan(slot * Size, Size), lane.Output(slot), leastCosine, greatestDifference);
        }

        for (var patch = 0; patch < Patches; patch++)
        {
            AssertClose(tokens.AsSpan(patch * Size, Size), lane.PatchTokens(0).Slice(patch * Size, Size), leastCosine, greatestDifference);
        }
    }

    [Theory]
    [InlineData("dinov2-nano-swiglu", Precision.Fp32)]
    [InlineData("dinov2-nano-registers", Precision.Fp16)]
    [InlineData("dinov2-nano", Precision.Int8)]
    public void The_mean_is_that_of_the_tokens_in_every_slot_and_batch_size(string checkpoint, Precision precision)
    {
        var manifest = Compile(checkpoint, precision);
        using var session = OnnxModelSession.Load(GraphPath, manifest, _device, maxBatchSize: 3, Token);
        using var lane = session.CreateLane(3);
        foreach (var count in new[] { 3, 1, 2, 3 })
        {
            for (var slot = 0; slot < count; slot++)
            {
                GoldenData.Crop(GoldenData.Images[slot]).CopyTo(lane.Input(slot));
            }

            lane.Run(count, session.Signature.Outputs, Token);

            for (var slot = 0; slot < count; slot++)
            {
                var mean = new float[Size];
                SimulatedFeatures.Average(lane.PatchTokens(slot), mean);
                Assert.True(Similarity.MaxDifference(mean, lane.PatchMean(slot)) <= 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(1, Outputs.Cls)]
    [InlineData(2, Outputs.Cls | Outputs.PatchMean)]
    [InlineData(2, Outputs.PatchTokens)]
    public void Only_the_wanted_outputs_are_fetched(int count, object wantedOutputs)
    {
        var wanted = (Outputs)wantedOutputs;
        using var session = OnnxModelSession.Load(GraphPath, Compile("dinov2-nano", Precision.Fp32), _device, maxBatchSize: 2, Token);
        using var lane = session.CreateLane(2);
        Fill(lane, 0, count);
        lane.Run(count, session.Signature.Outputs, Token);
        var before = Read(lane);
        Fill(lane, 2, count);
        lane.Run(count, wanted, Token);
        var fetched = Read(lane);

        lane.Run(count, session.Signature.Outputs, Token);

        var after = Read(lane);
        Assert.All(after, output => Assert.NotEqual(before[output.Key], output.Value));
        Assert.All(fetched, output => Assert.Equal((wanted.HasFlag(output.Key) ? after : before)[output.Key], output.Value));

        static void Fill(IModelLane lane, int first, int count) =>
            Enumerable.Range(0, count).ToList().ForEach(slot => GoldenData.Crop(GoldenData.Images[first + slot]).CopyTo(lane.Input(slot)));

        static Dictionary<Outputs, float[]> Read(IModelLane lane) => new()
        {
            [Outputs.Cls] = lane.Output(0).ToArray(),
            [Outputs.PatchMean] = lane.PatchMean(0).ToArray(),
            [Outputs.PatchTokens] = lane.PatchTokens(0).ToArray(),
        };
    }

    [Fact]
    public async Task An_engine_answers_every_output_from_one_model()
    {
        var manifest = Compile("dinov2-nano-registers", Precision.Fp32);
        using var meters = new TestMeterFactory();
        using var metrics = new InferenceMetrics(meters);
        var factory = new InferenceEngineFactory(metrics, TimeProvider.System, NullLoggerFactory.Instance);
        await using var engine = await factory.CreateAsync("nano", GraphPath, manifest, _device, new BatchingOptions { MaxBatchSize = 4 }, Token);
        Assert.Equal((Patches, Size, 2 * Size, Patches * Size), (
            engine.PatchTokens, engine.FeaturesOf(Output.Cls), engine.FeaturesOf(Output.ClsMean), engine.FeaturesOf(Output.PatchTokens)));
        byte[] crops = [.. GoldenData.Images.Take(3).SelectMany(GoldenData.Crop)];

        var answers = await Replies.AllOkAsync(Enum.GetValues<Output>().Select(
            output => engine.EmbedAsync(crops, 3, Priority.Interactive, output, Deadline.None, Token)));

        var (cls, clsMean, tokens) = (answers[0].Features, answers[1].Features, answers[2].Features);
        Assert.Equal((3 * Size, 3 * 2 * Size, 3 * Patches * Size), (cls.Length, clsMean.Length, tokens.Length));
        for (var image = 0; image < 3; image++)
        {
            var mean = new float[Size];
            SimulatedFeatures.Average(tokens.AsSpan(image * Patches * Size, Patches * Size), mean);
            float[] expected = [.. cls.AsSpan(image * Size, Size), .. mean];
            Assert.True(Similarity.MaxDifference(expected, clsMean.AsSpan(image * 2 * Size, 2 * Size)) <= 1e-4);
        }
    }

    private string GraphPath => Path.Combine(_temporary["model"], ModelCompiler.GraphFileName);

    private ModelManifest Compile(string checkpoint, Precision precision) => ModelCompiler.Compile(
        GoldenData.Checkpoint(checkpoint), _temporary["model"], new CompileOptions { Precision = precision, PatchTokens = true }, Token);

    private static void Fill(IModelLane lane)
    {
        for (var slot = 0; slot < GoldenData.Images.Count; slot++)
        {
            GoldenData.Crop(GoldenData.Images[slot]).CopyTo(lane.Input(slot));
        }
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double leastCosine, double greatestDifference)
    {
        Assert.True(Similarity.Cosine(expected, actual) >= leastCosine, $"cosine {Similarity.Cosine(expected, actual)}");
        Assert.True(Similarity.MaxDifference(expected, actual) <= greatestDifference, $"difference {Similarity.MaxDifference(expected, actual)}");
    }
}
