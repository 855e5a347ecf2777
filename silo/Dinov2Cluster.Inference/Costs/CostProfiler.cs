using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// Measures a session over batch sizes 1, 2, 4, 8, ..., on the calling thread. Bounded in time: a giant on a CPU takes seconds for one image, and gains nothing from a second image.
/// </summary>
internal sealed class CostProfiler(TimeProvider time)
{
    private const int Runs = 5;

    // A doubled batch must bring at least this factor in images per second, or doubling was in vain.
    private const double WorthwhileGain = 1.03;

    // A batch that takes longer is not doubled, and is measured only once.
    private static readonly TimeSpan _longRun = TimeSpan.FromSeconds(1);

    // While batches are shorter, measuring a useless size costs almost nothing, and noise must not end the search too early.
    private static readonly TimeSpan _shortRun = TimeSpan.FromMilliseconds(100);

    /// <summary>The curve up to its best batch, at most <paramref name="maxBatchSize"/> images.</summary>
    public CostCurve Measure(IModelSession session, int maxBatchSize, CancellationToken cancellationToken)
    {
        var largest = Math.Min(maxBatchSize, session.Signature.MaxBatchSize);
        if (session.Signature.FixedBatch)
        {
            // It also computes unused slots: every size takes the same time.
            var seconds = MeasureSize(session, largest, cancellationToken);
            return largest == 1 ? new CostCurve([1], [seconds]) : new CostCurve([1, largest], [seconds, seconds]);
        }

        var sizes = new List<int>();
        var times = new List<double>();
        var best = 0d;
        var inVain = 0;
        for (var size = 1; ; size = Math.Min(size * 2, largest))
        {
            var seconds = MeasureSize(session, size, cancellationToken);
            sizes.Add(size);
            times.Add(seconds);
            inVain = size / seconds > best * WorthwhileGain ? 0 : inVain + 1;
            best = Math.Max(best, size / seconds);
            if (size == largest || seconds > _longRun.TotalSeconds || (inVain >= 2 && seconds > _shortRun.TotalSeconds))
            {
                break;
            }
        }

        var curve = new CostCurve(sizes.ToArray(), times.ToArray());
        return curve.UpToBest();
    }

    /// <summary>The median of a few runs. The first run of a size does not count: it makes allocations and chooses kernels.</summary>
    private double MeasureSize(IModelSession session, int size, CancellationToken cancellationToken)
    {
        using var lane = session.CreateLane(size);
        lane.Run(size, Outputs.Cls, cancellationToken);
        var seconds = new List<double>(Runs);
        do
        {
            var started = time.GetTimestamp();
            lane.Run(size, Outputs.Cls, cancellationToken);
            seconds.Add(time.GetElapsedTime(started).TotalSeconds);
        }
        while (seconds.Count < Runs && seconds.Sum() < _longRun.TotalSeconds);

        // Of two medians the lower: a disturbance only makes a run longer.
        seconds.Sort();
        return Math.Max(seconds[(seconds.Count - 1) / 2], CostCurve.ShortestSeconds);
    }
}
