using Dinov2Cluster.Inference.Sessions;

namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// The warm-up: measures a session over batch sizes 1, 2, 4, 8, ... It also makes arenas grow and kernels compile now, not under the first request.
/// Bounded in time: a giant on a CPU takes seconds for one image, and gains nothing from a second one.
/// </summary>
internal sealed class CostProfiler(TimeProvider timeProvider)
{
    private const int Runs = 5;

    // More images/s than this must come from doubling the batch, or doubling it was in vain.
    private const double WorthwhileGain = 1.03;

    // A batch longer than this is never made larger, nor measured more than once.
    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(1);

    // Below it, measuring a size that is of no use costs next to nothing, and noise must not end the search too early.
    private static readonly TimeSpan ShortRun = TimeSpan.FromMilliseconds(100);

    /// <summary>The curve up to its best batch, at most <paramref name="maxBatchSize"/> images.</summary>
    public CostCurve Measure(IModelSession session, int maxBatchSize, CancellationToken cancellationToken)
    {
        var largest = Math.Min(maxBatchSize, session.Signature.MaxBatchSize);
        if (session.Signature.FixedBatch)
        {
            // It computes unused slots too: every size takes as long.
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
            if (size == largest || seconds > LongRun.TotalSeconds || (inVain >= 2 && seconds > ShortRun.TotalSeconds))
            {
                break;
            }
        }

        var curve = new CostCurve(sizes.ToArray(), times.ToArray());
        return curve.UpTo(curve.BestBatch);
    }

    /// <summary>The median of a few runs; the first run of a size is not counted, because allocations and kernel choices are made in it.</summary>
    private double MeasureSize(IModelSession session, int size, CancellationToken cancellationToken)
    {
        using var lane = session.CreateLane(size);
        lane.Run(size, cancellationToken);
        var seconds = new List<double>(Runs);
        do
        {
            var started = timeProvider.GetTimestamp();
            lane.Run(size, cancellationToken);
            seconds.Add(timeProvider.GetElapsedTime(started).TotalSeconds);
        }
        while (seconds.Count < Runs && seconds.Sum() < LongRun.TotalSeconds);

        // The lower one of two: what disturbs a run only ever makes it longer.
        seconds.Sort();
        return Math.Max(seconds[(seconds.Count - 1) / 2], CostCurve.ShortestSeconds);
    }
}
