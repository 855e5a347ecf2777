using System.Text.Json;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>Throughput of a random ViT-S/14: plain graph, compiled fp32, compiled int8; alternating runs under the same session options.</summary>
public static class CompilerBenchmark
{
    private const int Side = 224;
    private const int Warmup = 2;
    private const int BurstImages = 8;

    /// <summary>Prints one line of JSON. Each ratio is the median over the rounds, so that a disturbance hits both sides of it.</summary>
    public static void Run(TextWriter output, int rounds, int threads, int[] batchSizes, CancellationToken cancellationToken)
    {
        var temporary = Directory.CreateTempSubdirectory("dinov2-bench-");
        try
        {
            string Sub(string name) => Path.Combine(temporary.FullName, name);
            RandomCheckpoint.Write("small", Sub("checkpoint"), seed: 1, registers: false, cancellationToken);
            PlainGraph.Write(Sub("checkpoint"), Sub("plain"), Side, cancellationToken);
            ModelCompiler.Compile(Sub("checkpoint"), Sub("fp32"), new CompileOptions { Precision = Precision.Fp32 }, cancellationToken);
            ModelCompiler.Compile(Sub("checkpoint"), Sub("int8"), new CompileOptions { Precision = Precision.Int8 }, cancellationToken);
            using var plain = new Contestant("plain", Sub("plain"), threads);
            using var fp32 = new Contestant("fp32", Sub("fp32"), threads);
            using var int8 = new Contestant("int8", Sub("int8"), threads);
            var batches = batchSizes.Select(size => Race(plain, fp32, int8, size, rounds, cancellationToken)).ToArray();
            output.WriteLine(JsonSerializer.Serialize(new { benchmark = "compiler", model = "small", threads, rounds, batches }));
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private static object Race(Contestant plain, Contestant fp32, Contestant int8, int size, int rounds, CancellationToken cancellationToken)
    {
        var crops = Enumerable.Range(0, size).SelectMany(i => GoldenData.Crop(GoldenData.Images[i % GoldenData.Images.Count])).ToArray();
        plain.Prepare(OrtValue.CreateTensorValueFromMemory(Normalise(crops), [size, 3, Side, Side]));
        fp32.Prepare(OrtValue.CreateTensorValueFromMemory(crops, [size, Side, Side, 3]));
        int8.Prepare(OrtValue.CreateTensorValueFromMemory((byte[])crops.Clone(), [size, Side, Side, 3]));
        var reference = plain.Run();
        var (fp32Cosine, int8Cosine) = (Features.LeastCosine(reference, fp32.Run(), size), Features.LeastCosine(reference, int8.Run(), size));

        var times = new double[3, rounds];
        Contestant[] contestants = [plain, fp32, int8];
        for (var round = -Warmup; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < contestants.Length; i++)
            {
                var seconds = contestants[i].Time(Math.Max(1, BurstImages / size));
                if (round >= 0)
                {
                    times[i, round] = seconds;
                }
            }
        }

        double ImagesPerSecond(int i) => size / Measurement.Median(Enumerable.Range(0, rounds).Select(round => times[i, round]));
        double Ratio(int slow, int fast) => Measurement.Median(Enumerable.Range(0, rounds).Select(round => times[slow, round] / times[fast, round]));
        return new
        {
            batch = size,
            plainImagesPerSecond = Math.Round(ImagesPerSecond(0), 2),
            fp32ImagesPerSecond = Math.Round(ImagesPerSecond(1), 2),
            int8ImagesPerSecond = Math.Round(ImagesPerSecond(2), 2),
            fp32OverPlain = Math.Round(Ratio(0, 1), 3),
            int8OverFp32 = Math.Round(Ratio(1, 2), 3),
            fp32Cosine,
            int8Cosine,
        };
    }

    // [N, side, side, 3] bytes to [N, 3, side, side] normalised floats.
    private static float[] Normalise(byte[] crops)
    {
        const int Area = Side * Side;
        var preprocessing = new PreprocessorConfig();
        var values = new float[crops.Length];
        for (var i = 0; i < crops.Length; i++)
        {
            var (pixel, channel) = Math.DivRem(i, 3);
            var (image, position) = Math.DivRem(pixel, Area);
            values[(((image * 3) + channel) * Area) + position] =
                (float)(((crops[i] * preprocessing.RescaleFactor) - preprocessing.Mean[channel]) / preprocessing.StandardDeviation[channel]);
        }

        return values;
    }
}
