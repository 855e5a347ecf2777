using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// Measures a session's cost curve, and makes its lanes, each on its own thread. Where a thread's first run of a size is slow, the lanes then run every size:
/// memory arenas grow and kernels are loaded now, and not during a request.
/// </summary>
internal sealed class WarmUp(IModelSession session, int maxBatchSize, string model, string device, TimeProvider time, ILogger logger)
{
    // A size is warm when two runs in a row differ by less. A GPU's clock and a busy host make up for some of it; loading a kernel or building a plan
    // makes a run several times longer.
    private const double Tolerance = 0.2;

    // On a host that is too busy for two runs to agree.
    private const int MostRunsOfSize = 10;

    // Runs that begin together may still miss each other.
    private const int RunsTogether = 3;

    // Of each lane: a second or two on a GPU.
    private const int MixedRuns = 32;

    /// <summary>The lanes, warm, and the cost curve. Its largest batch is within the device's memory.</summary>
    public async Task<(IReadOnlyList<LaneThread> Lanes, CostCurve Costs)> RunAsync(CancellationToken cancellationToken)
    {
        var lanes = Enumerable.Range(0, session.Lanes).Select(_ => new LaneThread(device)).ToArray();
        try
        {
            var costs = await lanes[0].RunAsync(() => Measure(cancellationToken));
            await lanes[0].RunAsync(session.ReleaseMemory);
            foreach (var lane in lanes)
            {
                lane.Allocate(session, costs.MaxBatch);
            }

            return (lanes, session.WarmsUpBySize ? await RunEverySizeAsync(lanes, costs, cancellationToken) : costs);
        }
        catch
        {
            Array.ForEach(lanes, lane => lane.Dispose());
            throw;
        }
    }

    private CostCurve Measure(CancellationToken cancellationToken)
    {
        for (var largest = maxBatchSize; ;)
        {
            try
            {
                return new CostProfiler(time).Measure(session, largest, cancellationToken);
            }
            catch (OutOfDeviceMemoryException exception) when (exception.Images > 1)
            {
                largest = exception.Images / 2;
                InferenceLog.OutOfMemory(logger, model, device, exception.Images, largest);
            }
        }
    }

    /// <summary>From the largest size down, so that the blocks of the memory arena fit all sizes.</summary>
    private async Task<CostCurve> RunEverySizeAsync(LaneThread[] lanes, CostCurve costs, CancellationToken cancellationToken)
    {
        costs = await RunTogetherAsync(lanes, costs, cancellationToken);
        foreach (var lane in lanes)
        {
            costs = await lane.RunAsync(() => RunEverySize(lane.Lane, costs, cancellationToken));
        }

        return lanes.Length > 1 ? await RunMixedAsync(lanes, costs, cancellationToken) : costs;
    }

    private CostCurve RunEverySize(IModelLane lane, CostCurve costs, CancellationToken cancellationToken)
    {
        for (var size = costs.MaxBatch; size > 0; size = Math.Min(size - 1, costs.MaxBatch))
        {
            try
            {
                RunUntilWarm(lane, size, cancellationToken);
            }
            catch (OutOfDeviceMemoryException) when (size > 1)
            {
                costs = Without(size, costs);
            }
        }

        return costs;
    }

    private void RunUntilWarm(IModelLane lane, int size, CancellationToken cancellationToken)
    {
        var previous = double.NaN;
        for (var run = 0; run < MostRunsOfSize; run++)
        {
            var started = time.GetTimestamp();
            lane.Run(size, session.Signature.Outputs, cancellationToken);
            var seconds = time.GetElapsedTime(started).TotalSeconds;
            if (Math.Abs(seconds - previous) <= Tolerance * previous)
            {
                return;
            }

            previous = seconds;
        }
    }

    /// <summary>Batches in flight at the same time need their memory at the same time.</summary>
    private async Task<CostCurve> RunTogetherAsync(LaneThread[] lanes, CostCurve costs, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var together = new Barrier(lanes.Length);
            try
            {
                await Task.WhenAll(lanes.Select(lane => lane.RunAsync(() => RunTogether(lane.Lane, costs.MaxBatch, together, cancellationToken))));
                return costs;
            }
            catch (OutOfDeviceMemoryException exception) when (exception.Images > 1)
            {
                costs = Without(exception.Images, costs);
            }
        }
    }

    private void RunTogether(IModelLane lane, int size, Barrier together, CancellationToken cancellationToken)
    {
        try
        {
            for (var run = 0; run < RunsTogether; run++)
            {
                together.SignalAndWait(cancellationToken);
                lane.Run(size, session.Signature.Outputs, cancellationToken);
            }
        }
        finally
        {
            // A lane that failed must not be waited for.
            together.RemoveParticipant();
        }
    }

    /// <summary>As traffic does: lanes that run different sizes side by side divide the arena's blocks in ways that one size alone does not.</summary>
    private async Task<CostCurve> RunMixedAsync(LaneThread[] lanes, CostCurve costs, CancellationToken cancellationToken)
    {
        var limits = await Task.WhenAll(lanes.Select((lane, seed) => lane.RunAsync(() =>
        {
            var random = new Random(seed);
            var own = costs;
            for (var run = 0; run < MixedRuns; run++)
            {
                var size = random.Next(1, own.MaxBatch + 1);
                try
                {
                    lane.Lane.Run(size, session.Signature.Outputs, cancellationToken);
                }
                catch (OutOfDeviceMemoryException) when (size > 1)
                {
                    own = Without(size, own);
                }
            }

            return own;
        })));
        return limits.MinBy(limit => limit.MaxBatch)!;
    }

    private CostCurve Without(int images, CostCurve costs)
    {
        var smaller = costs.Below(images);
        InferenceLog.OutOfMemory(logger, model, device, images, smaller.MaxBatch);
        return smaller;
    }
}
