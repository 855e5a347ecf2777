using System.Diagnostics;
using System.Text.Json;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>What each precision of the compiler is worth on a device: the silo's own sessions of one checkpoint, in turn.</summary>
internal sealed class VariantsBenchmark(TextWriter output, DeviceKind device, int[] batches, TimeSpan duration, int rounds)
{
    private static readonly CompileOptions[] _options =
    [
        new() { Precision = Precision.Fp32 },
        new() { Precision = Precision.Fp16 },
        new() { Precision = Precision.Fp16, Residual = ResidualPrecision.Fp16 },
        new() { Precision = Precision.Int8 },
    ];

    /// <summary>Options of the variants that a kind of device computes: a GPU has no kernels for int8's operators.</summary>
    public static IEnumerable<CompileOptions> OptionsFor(DeviceKind device) =>
        _options.Where(options => device != DeviceKind.Cuda || options.Precision != Precision.Int8);

    /// <summary>A variant's name: its precision, and that of its residual stream when it isn't fp32.</summary>
    public static string NameOf(CompileOptions options)
    {
        var residual = options.Residual == ResidualPrecision.Fp32 ? "" : $"-residual-{options.Residual}";
        return $"{options.Precision}{residual}".ToLowerInvariant();
    }

    /// <summary>Prints one line of JSON for each variant and batch size. Ratios are medians over the rounds, so that a disturbance hits both sides of them.</summary>
    /// <param name="checkpoint">Its directory; null makes a random one of the given size.</param>
    /// <param name="size">A published size.</param>
    /// <param name="cancellationToken">Stops between two measurements.</param>
    public void Run(string? checkpoint, string size, CancellationToken cancellationToken)
    {
        using var temporary = new TemporaryDirectory();
        if (checkpoint is null)
        {
            checkpoint = temporary[size];
            RandomCheckpoint.Write(size, checkpoint, seed: 1, registers: false, cancellationToken);
        }

        var variants = new List<Variant>();
        try
        {
            foreach (var options in OptionsFor(device))
            {
                variants.Add(Variant.Open(checkpoint, temporary.Path, options, device, batches.Max(), cancellationToken));
            }

            foreach (var batch in batches)
            {
                Race(variants, batch, cancellationToken);
            }
        }
        finally
        {
            variants.ForEach(variant => variant.Dispose());
        }
    }

    private void Race(List<Variant> variants, int batch, CancellationToken cancellationToken)
    {
        var features = variants.Select(variant => variant.Features(batch)).ToArray();
        var speeds = variants.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < variants.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                speeds[i][round] = variants[i].ImagesPerSecond(batch, duration / rounds);
            }
        }

        for (var i = 0; i < variants.Count; i++)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "variants",
                model = variants[i].Model,
                device = device.ToString().ToLowerInvariant(),
                variant = variants[i].Name,
                batch,
                imagesPerSecond = Math.Round(Measurement.Median(speeds[i]), 2),
                ratio = Math.Round(Measurement.Median(speeds[i].Zip(speeds[0], (own, first) => own / first)), 3),
                leastCosine = Compiler.Features.LeastCosine(features[0], features[i], batch),
            }));
        }
    }

    private sealed class Variant(string name, string model, IModelSession session, IModelLane lane) : IDisposable
    {
        public string Name => name;

        public string Model => model;

        public static Variant Open(string checkpoint, string directory, CompileOptions options, DeviceKind device, int maxBatch, CancellationToken cancellationToken)
        {
            var name = NameOf(options);
            var path = Path.Combine(directory, "models", name);
            var manifest = ModelCompiler.Compile(checkpoint, path, options, cancellationToken);
            var session = OnnxModelSession.Load(
                Path.Combine(path, ModelCompiler.GraphFileName), manifest, new DeviceOptions { Kind = device }, maxBatch, cancellationToken);
            var lane = session.CreateLane(maxBatch);
            for (var slot = 0; slot < maxBatch; slot++)
            {
                GoldenData.Crop(GoldenData.Images[slot % GoldenData.Images.Count]).CopyTo(lane.Input(slot));
            }

            return new Variant(name, manifest.Name, session, lane);
        }

        public float[] Features(int batch)
        {
            Compute(batch);
            return [.. Enumerable.Range(0, batch).SelectMany(slot => lane.Output(slot).ToArray())];
        }

        public double ImagesPerSecond(int batch, TimeSpan duration)
        {
            // Not counted: another session's idle threads spin for some milliseconds after their last work, on the same cores.
            Compute(batch);
            var clock = Stopwatch.StartNew();
            var images = 0;
            while (clock.Elapsed < duration)
            {
                Compute(batch);
                images += batch;
            }

            return images / clock.Elapsed.TotalSeconds;
        }

        public void Dispose()
        {
            lane.Dispose();
            session.Dispose();
        }

        private void Compute(int batch) => lane.Run(batch, Outputs.Cls, CancellationToken.None);
    }
}
