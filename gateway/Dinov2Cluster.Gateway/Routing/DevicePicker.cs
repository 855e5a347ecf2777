namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Picks the device that would finish first. Of those that are nearly as good it takes the better of two random ones, since other gateways
/// see the same best device at the same time.
/// </summary>
internal sealed class DevicePicker(Random random, TimeProvider time)
{
    private const double NearFactor = 1.1;
    private const double NearSeconds = 0.001;

    private enum Tier
    {
        Fresh,
        Tried,
        Quarantined,
        None,
    }

    /// <summary>A random number below <paramref name="limit"/>.</summary>
    public int Next(int limit)
    {
        // A seeded Random is not thread-safe.
        lock (random)
        {
            return random.Next(limit);
        }
    }

    /// <summary>The device for <paramref name="images"/> images, or null when none may have them.</summary>
    /// <remarks>
    /// First available devices that are new to the part, then available ones that it was sent to before. A quarantined device that is new to the
    /// part only when no available device is left, except those that failed on it: it may work, and the request would fail without it.
    /// </remarks>
    /// <param name="devices">The devices of the model.</param>
    /// <param name="images">Images to send.</param>
    /// <param name="history">Devices that they were sent to; null for none.</param>
    /// <param name="earliest">Predicted seconds until the earliest device is done; the picked one may need a little longer.</param>
    public DeviceState? Pick(ReadOnlySpan<DeviceState> devices, int images, PartHistory? history, out double earliest)
    {
        var now = time.GetTimestamp();
        var tier = BestTier(devices, history);
        earliest = double.PositiveInfinity;
        if (tier == Tier.None)
        {
            return null;
        }

        foreach (var device in devices)
        {
            if (TierOf(device, history) == tier)
            {
                earliest = Math.Min(earliest, device.PredictSeconds(images, now));
            }
        }

        return PickNear(devices, images, history, tier, Math.Max(earliest * NearFactor, earliest + NearSeconds), now);
    }

    private static Tier BestTier(ReadOnlySpan<DeviceState> devices, PartHistory? history)
    {
        var best = Tier.None;
        var anyAvailable = false;
        foreach (var device in devices)
        {
            anyAvailable |= device.IsAvailable && history?.HasFailed(device) != true;
            var tier = TierOf(device, history);
            if (tier == Tier.Fresh)
            {
                return tier;
            }

            best = tier < best ? tier : best;
        }

        return best == Tier.Quarantined && anyAvailable ? Tier.None : best;
    }

    private static Tier TierOf(DeviceState device, PartHistory? history)
    {
        if (history is not null && history.IsBarred(device))
        {
            return Tier.None;
        }

        var tried = history is not null && history.WasTried(device);
        return (device.IsAvailable, tried) switch
        {
            (true, false) => Tier.Fresh,
            (true, true) => Tier.Tried,
            (false, false) => Tier.Quarantined,
            _ => Tier.None,
        };
    }

    private DeviceState? PickNear(ReadOnlySpan<DeviceState> devices, int images, PartHistory? history, Tier tier, double limit, long now)
    {
        DeviceState? any = null, one = null, other = null;
        double oneSeconds = 0, otherSeconds = 0;
        var near = 0u;
        // One number under the lock; a linear congruential generator (Numerical Recipes) makes the others.
        var state = (uint)Next(int.MaxValue);
        foreach (var device in devices)
        {
            if (TierOf(device, history) != tier)
            {
                continue;
            }

            any ??= device;
            var seconds = device.PredictSeconds(images, now);
            if (seconds > limit)
            {
                continue;
            }

            near++;
            state = (state * 1664525) + 1013904223;
            // Reservoir of two: every pair has the same chance.
            var slot = near <= 2 ? near - 1 : (uint)(((ulong)state * near) >> 32);
            if (slot == 0)
            {
                (one, oneSeconds) = (device, seconds);
            }
            else if (slot == 1)
            {
                (other, otherSeconds) = (device, seconds);
            }
        }

        if (other is not null && (otherSeconds < oneSeconds || (otherSeconds <= oneSeconds && (state & 0x8000_0000) != 0)))
        {
            one = other;
        }

        // Loads change at the same time: perhaps no device is within the limit any more.
        return one ?? any;
    }
}
