using System.Text.Json;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>Agreement of compiled models with the reference features: every model and mode in every precision.</summary>
public static class GoldenBenchmark
{
    private const int Side = 224;

    private static readonly (string Checkpoint, PositionEmbeddingMode Mode)[] _references =
    [
        ("dinov2-nano", PositionEmbeddingMode.Legacy),
        ("dinov2-nano", PositionEmbeddingMode.Size),
        ("dinov2-nano-swiglu", PositionEmbeddingMode.Legacy),
        ("dinov2-nano-registers", PositionEmbeddingMode.Antialias),
    ];

    /// <summary>Prints one line of JSON.</summary>
    public static void Run(TextWriter output, CancellationToken cancellationToken)
    {
        var results = _references.SelectMany(reference => Enum.GetValues<Precision>(), (reference, precision) => Measure(reference.Checkpoint, reference.Mode, precision, cancellationToken));
        output.WriteLine(JsonSerializer.Serialize(new { benchmark = "golden", images = GoldenData.Images.Count, results = results.ToArray() }));
    }

    private static object Measure(string checkpoint, PositionEmbeddingMode mode, Precision precision, CancellationToken cancellationToken)
    {
        var temporary = Directory.CreateTempSubdirectory("dinov2-bench-");
        try
        {
            ModelCompiler.Compile(
                GoldenData.Checkpoint(checkpoint), temporary.FullName, new CompileOptions { Precision = precision, PositionEmbedding = mode }, cancellationToken);
            var name = mode.ToString().ToLowerInvariant();
            var expected = NpyFile.ReadFloats(GoldenData.Expected($"{checkpoint}.{name}.npy"));
            using var model = new Contestant(checkpoint, temporary.FullName, threads: 2);
            var size = expected.Length / GoldenData.Images.Count;
            var actual = new float[expected.Length];
            for (var i = 0; i < GoldenData.Images.Count; i++)
            {
                model.Prepare(OrtValue.CreateTensorValueFromMemory(GoldenData.Crop(GoldenData.Images[i]), [1, Side, Side, 3]));
                model.Run().CopyTo(actual, i * size);
            }

            return new
            {
                checkpoint,
                mode = name,
                precision = precision.ToString().ToLowerInvariant(),
                leastCosine = Features.LeastCosine(expected, actual, GoldenData.Images.Count),
                greatestDifference = Similarity.MaxDifference(expected, actual),
            };
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }
}
