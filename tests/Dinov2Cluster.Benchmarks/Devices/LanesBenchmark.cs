using System.Diagnostics;
using System.Text.Json;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Devices;

/// <summary>What a device does with a compiled model, by the silo's own sessions and lanes: one lane at each batch size, then two lanes at a time.</summary>
internal sealed class LanesBenchmark(TextWriter output, DeviceKind device, int[] batches, TimeSpan duration)
{
    /// <summary>Prints a line of JSON for each batch size, and one for two lanes at the size with the most images per second.</summary>
    /// <param name="modelDirectory">A compiled model.</param>
    /// <param name="cancellationToken">Stops between two runs.</param>
    public void Run(string modelDirectory, CancellationToken cancellationToken)
    {
        var manifest = ModelManifestFile.Read(modelDirectory);
        var start = Stopwatch.GetTimestamp();
        using var session = OnnxModelSession.Load(
            Path.Combine(modelDirectory, ModelCompiler.GraphFileName), manifest, new DeviceOptions { Kind = device }, batches.Max(), cancellationToken);
        var loadSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var best = (Batch: 1, Speed: 0d);
        foreach (var batch in batches)
        {
            var one = Measure(session, batch, lanes: 1, cancellationToken);
            Print(manifest, one, loadSeconds);
            best = one.ImagesPerSecond > best.Speed ? (batch, one.ImagesPerSecond) : best;
        }

        Print(manifest, Measure(session, best.Batch, lanes: 2, cancellationToken), loadSeconds);
    }

    private LaneSpeed Measure(OnnxModelSession session, int batch, int lanes, CancellationToken cancellationToken)
    {
        var times = new List<double>[lanes];
        var images = new long[lanes];
        var clock = new Stopwatch();
        using var ready = new Barrier(lanes, _ => clock.Start());

        // Each lane has a thread of its own, as in the silo.
        var threads = Enumerable.Range(0, lanes).Select(index => new Thread(() =>
        {
            using var lane = session.CreateLane(batch);
            Fill(lane, batch);
            times[index] = [Time(lane, batch, cancellationToken), Time(lane, batch, cancellationToken)];
            ready.SignalAndWait(cancellationToken);
            while (clock.Elapsed < duration)
            {
                times[index].Add(Time(lane, batch, cancellationToken));
                images[index] += batch;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var elapsed = clock.Elapsed.TotalSeconds;
        var steady = times.SelectMany(lane => lane.Skip(2)).ToArray();
        return new(lanes, batch, images.Sum() / elapsed, times.Max(lane => lane[0]), times.Max(lane => lane[1]), Measurement.Median(steady), steady.Max());
    }

    private static void Fill(IModelLane lane, int batch)
    {
        for (var slot = 0; slot < batch; slot++)
        {
            GoldenData.Crop(GoldenData.Images[slot % GoldenData.Images.Count]).CopyTo(lane.Input(slot));
        }
    }

    private static double Time(IModelLane lane, int batch, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        lane.Run(batch, Outputs.Cls, cancellationToken);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private void Print(ModelManifest manifest, LaneSpeed speed, double loadSeconds) => output.WriteLine(JsonSerializer.Serialize(new
    {
        benchmark = "lanes",
        model = manifest.Name,
        precision = manifest.Precision.ToString().ToLowerInvariant(),
        device = device.ToString().ToLowerInvariant(),
        loadSeconds = Math.Round(loadSeconds, 2),
        lanes = speed.Lanes,
        batch = speed.Batch,
        imagesPerSecond = Math.Round(speed.ImagesPerSecond, 1),
        firstMs = Math.Round(speed.FirstMs, 2),
        secondMs = Math.Round(speed.SecondMs, 2),
        medianMs = Math.Round(speed.MedianMs, 2),
        slowestMs = Math.Round(speed.SlowestMs, 2),
    }));

    private sealed record LaneSpeed(int Lanes, int Batch, double ImagesPerSecond, double FirstMs, double SecondMs, double MedianMs, double SlowestMs);
}
