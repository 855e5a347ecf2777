using System.Runtime.CompilerServices;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Splits a group into parts that end together on several devices, where that saves more time than it costs: small batches cost more device
/// time per image, and each message costs CPU on both sides.
/// </summary>
internal sealed class GroupSplitter(DevicePicker picker, TimeProvider time)
{
    // How much above the best the cost may be, for fewer parts.
    private const double SlackFactor = 1.25;
    private const double SlackSeconds = 0.001;

    /// <summary>Parts for <paramref name="count"/> crops, in order; none when no device may have them.</summary>
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

        // Equal devices must not always come in the same order: other gateways see the same ones.
        var start = picker.Next(devices.Length);
        var now = time.GetTimestamp();
        Candidates room = default;
        // Parts of one image end earliest: when they save little, nothing does.
        if (alone <= Limit(Measure(Divide(devices, count, count, room, start, now)).End))
        {
            return [new PartPlan(one, 0, count)];
        }

        Span<double> costs = stackalloc double[CropGroup.MaxCount];
        costs[0] = alone;
        var work = one.PredictSeconds(count, now) - one.PredictSeconds(0, now);
        var (most, least) = (1, alone);
        for (var parts = 2; parts <= count && Divide(devices, count, parts, room, start, now) is { Length: var found } chosen && found == parts; parts++)
        {
            var (end, total) = Measure(chosen);
            costs[most++] = end + Math.Max(0, total - work);
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

    /// <summary>Divides the crops over <paramref name="parts"/> devices, or over all when there are fewer.</summary>
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

    /// <summary>Gives each crop to the candidate that would finish it first.</summary>
    private static void Fill(Span<Candidate> candidates, int count)
    {
        for (var crop = 0; crop < count && candidates.Length > 0; crop++)
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

    /// <summary>Seconds until the last part is done, and seconds of all devices' time that the parts take.</summary>
    private static (double End, double Work) Measure(ReadOnlySpan<Candidate> candidates)
    {
        var (end, work) = (candidates.Length > 0 ? 0 : double.PositiveInfinity, 0.0);
        foreach (ref readonly var candidate in candidates)
        {
            var seconds = candidate.SecondsWith(candidate.Count);
            end = Math.Max(end, candidate.Count > 0 ? seconds : 0);
            work += seconds - candidate.SecondsWith(0);
        }

        return (end, work);
    }

    private static PartPlan[] PartsOf(ReadOnlySpan<Candidate> candidates)
    {
        var parts = new List<PartPlan>(candidates.Length);
        var first = 0;
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.Count > 0)
            {
                parts.Add(new PartPlan(candidate.Device, first, candidate.Count));
                first += candidate.Count;
            }
        }

        return [.. parts];
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

/// <summary>A part of a group: consecutive crops, and the device that gets them first.</summary>
internal readonly record struct PartPlan(DeviceState Device, int First, int Count);
