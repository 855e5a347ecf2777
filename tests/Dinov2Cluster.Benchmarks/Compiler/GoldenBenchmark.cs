using System.Text.Json;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>Agreement of compiled models with the reference features: every model and mode in every precision that the device computes.</summary>
internal static class GoldenBenchmark
{
    private static readonly (string Checkpoint, PositionEmbeddingMode Mode)[] _references =
    [
        ("dinov2-nano", PositionEmbeddingMode.Legacy),
        ("dinov2-nano", PositionEmbeddingMode.Size),
        ("dinov2-nano-swiglu", PositionEmbeddingMode.Legacy),
        ("dinov2-nano-registers", PositionEmbeddingMode.Antialias),
    ];

    /// <summary>Prints a line of JSON for each model and precision; a failure of one is its line.</summary>
    public static void Run(TextWriter output, DeviceKind device, CancellationToken cancellationToken)
    {
        foreach (var (checkpoint, mode) in _references)
        {
            foreach (var options in VariantsBenchmark.OptionsFor(device))
            {
                output.WriteLine(JsonSerializer.Serialize(Measure(checkpoint, options with { PositionEmbedding = mode }, device, cancellationToken)));
            }
        }
    }

    private static object Measure(string checkpoint, CompileOptions options, DeviceKind device, CancellationToken cancellationToken)
    {
        var (mode, precision) = (options.PositionEmbedding.ToString()!.ToLowerInvariant(), VariantsBenchmark.NameOf(options));
        try
        {
            var expected = NpyFile.ReadFloats(GoldenData.Expected($"{checkpoint}.{mode}.npy"));
            var actual = Compute(checkpoint, options, device, expected.Length / GoldenData.Images.Count, cancellationToken);
            return new
            {
                benchmark = "golden",
                checkpoint,
                mode,
                precision,
                device = device.ToString().ToLowerInvariant(),
                leastCosine = Finite(Features.LeastCosine(expected, actual, GoldenData.Images.Count)),
                greatestDifference = Finite(Similarity.MaxDifference(expected, actual)),
            };
        }
        catch (ModelException exception)
        {
            return new { benchmark = "golden", checkpoint, mode, precision, error = exception.Message };
        }
    }

    private static float[] Compute(string checkpoint, CompileOptions options, DeviceKind device, int size, CancellationToken cancellationToken)
    {
        using var temporary = new TemporaryDirectory();
        var directory = temporary["model"];
        var manifest = ModelCompiler.Compile(GoldenData.Checkpoint(checkpoint), directory, options, cancellationToken);
        var images = GoldenData.Images.Count;
        using var session = OnnxModelSession.Load(
            Path.Combine(directory, ModelCompiler.GraphFileName), manifest, new DeviceOptions { Kind = device }, images, cancellationToken);
        using var lane = session.CreateLane(images);
        for (var i = 0; i < images; i++)
        {
            GoldenData.Crop(GoldenData.Images[i]).CopyTo(lane.Input(i));
        }

        lane.Run(images, Outputs.Cls, cancellationToken);
        var features = new float[images * size];
        for (var i = 0; i < images; i++)
        {
            lane.Output(i).CopyTo(features.AsSpan(i * size));
        }

        return features;
    }

    // JSON has no NaN.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
