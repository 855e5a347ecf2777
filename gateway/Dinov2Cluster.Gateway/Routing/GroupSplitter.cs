using System.Runtime.CompilerServices;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Divides a batch over devices so that all parts end together, where that saves more time than it costs: a device that does many images at
/// once for less takes longer, all in all, for their parts, and each message costs CPU on both sides.
/// </summary>
internal sealed class GroupSplitter(DevicePicker picker, TimeProvider time)
{
    // How much more than the best the cost may be, for fewer parts.
    private const double SlackFactor = 1.25;
    private const double SlackSeconds = 0.001;

    /// <summary>Parts for <paramref name="count"/> crops, in their order; none when no device may have them.</summary>
    /// <param name="devices">The devices of the model.</param>
    /// <param name="count">Crops, up to <see cref="CropGroup.MaxCount"/>.</param>
    public PartPlan[] Split(ReadOnlySpan<DeviceState> devices, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, CropGroup.MaxCount);
        if (picker.Pick(devices, count, history: null, out var alone) is not { } one)
        {
            return [];
        }

        if (count == 1 || devices.Length == 1 || !one.IsAvailable)
        {
            return [new PartPlan(one, 0, count)];
        }

        // Equal devices must not always be taken in the same order: other gateways know the same ones.
        var start = picker.Next(devices.Length);
        var now = time.GetTimestamp();
        Candidates room = default;
        // Parts of one image end earliest: when that is no great gain, nothing is.
        if (alone <= Limit(EndOf(Divide(devices, count, count, room, start, now))))
        {
            return [new PartPlan(one, 0, count)];
        }

        Span<double> costs = stackalloc double[CropGroup.MaxCount];
        costs[0] = alone;
        var work = one.PredictSeconds(count, now) - one.PredictSeconds(0, now);
        var (most, least) = (1, alone);
        for (var parts = 2; parts <= count && Divide(devices, count, parts, room, start, now) is { Length: var found } chosen && found == parts; parts++)
        {
            costs[most++] = EndOf(chosen) + Math.Max(0, WorkOf(chosen) - work);
            least = Math.Min(least, costs[most - 1]);
        }

        var fewest = 1;
        while (costs[fewest - 1] > Limit(least))
        {
            fewest++;
        }

        return fewest == 1 ? [new PartPlan(one, 0, count)] : PartsOf(Divide(devices, count, fewest, room, start, now));
    }

    private static double Limit(double best) => (best * SlackFactor) + SlackSeconds;

    /// <summary>Divides the crops over so many devices, or over all there are.</summary>
    private static Span<Candidate> Divide(ReadOnlySpan<DeviceState> devices, int count, int parts, Span<Candidate> room, int start, long now)
    {
        var chosen = Quickest(devices, (count + parts - 1) / parts, room[..parts], start, now);
        Fill(chosen, count);
        return chosen;
    }

    /// <summary>The available devices that would finish <paramref name="share"/> images first, the quickest first.</summary>
    private static Span<Candidate> Quickest(ReadOnlySpan<DeviceState> devices, int share, Span<Candidate> room, int start, long now)
    {
        var found = 0;
        for (var i = 0; i < devices.Length; i++)
        {
            var index = start + i < devices.Length ? start + i : start + i - devices.Length;
            var device = devices[index];
            if (!device.IsAvailable)
            {
                continue;
            }

            var ahead = device.ImagesAhead(now);
            var seconds = device.PredictSeconds(ahead, share);
            if (found == room.Length && seconds >= room[^1].Seconds)
            {
                continue;
            }

            var at = found < room.Length ? found++ : found - 1;
            for (; at > 0 && seconds < room[at - 1].Seconds; at--)
            {
                room[at] = room[at - 1];
            }

            room[at] = new Candidate(device, ahead, seconds);
        }

        return room[..found];
    }

    /// <summary>Gives each image to the candidate that would finish it first.</summary>
    private static void Fill(Span<Candidate> candidates, int count)
    {
        for (var image = 0; image < count && candidates.Length > 0; image++)
        {
            var best = 0;
            var bestSeconds = double.PositiveInfinity;
            for (var i = 0; i < candidates.Length; i++)
            {
                var seconds = candidates[i].SecondsWith(candidates[i].Count + 1);
                if (seconds < bestSeconds)
                {
                    (best, bestSeconds) = (i, seconds);
                }
            }

            candidates[best].Count++;
        }
    }

    /// <summary>Seconds until the last part is done.</summary>
    private static double EndOf(ReadOnlySpan<Candidate> candidates)
    {
        var end = candidates.Length > 0 ? 0 : double.PositiveInfinity;
        foreach (ref readonly var candidate in candidates)
        {
            end = Math.Max(end, candidate.Count > 0 ? candidate.SecondsWith(candidate.Count) : 0);
        }

        return end;
    }

    /// <summary>Seconds of all devices' time that the parts take.</summary>
    private static double WorkOf(ReadOnlySpan<Candidate> candidates)
    {
        var work = 0.0;
        foreach (ref readonly var candidate in candidates)
        {
            work += candidate.SecondsWith(candidate.Count) - candidate.SecondsWith(0);
        }

        return work;
    }

    private static PartPlan[] PartsOf(ReadOnlySpan<Candidate> candidates)
    {
        var used = 0;
        foreach (ref readonly var candidate in candidates)
        {
            used += candidate.Count > 0 ? 1 : 0;
        }

        var parts = new PartPlan[used];
        var (next, first) = (0, 0);
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.Count > 0)
            {
                parts[next++] = new PartPlan(candidate.Device, first, candidate.Count);
                first += candidate.Count;
            }
        }

        return parts;
    }

    private struct Candidate(DeviceState device, int ahead, double seconds)
    {
        public readonly DeviceState Device = device;
        public readonly int Ahead = ahead;
        public readonly double Seconds = seconds;
        public int Count;

        public readonly double SecondsWith(int images) => Device.PredictSeconds(Ahead, images);
    }

    [InlineArray(CropGroup.MaxCount)]
    private struct Candidates
    {
        private Candidate _first;
    }
}
