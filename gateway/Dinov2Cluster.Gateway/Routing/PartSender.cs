using System.Collections.Immutable;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Sends a part of a group until a device returns its features. Embedding has no side effect, so a part may be sent again: free when the first
/// device spent no compute on it, else within the <see cref="RetryBudget"/>.
/// </summary>
internal sealed class PartSender(
    ClusterWatcher watcher,
    IDeviceClient client,
    DevicePicker picker,
    RetryBudget budget,
    RoutingMetrics metrics,
    IOptions<RoutingOptions> options,
    TimeProvider time,
    ILogger<PartSender> logger)
{
    /// <summary>Time after which a part without a device looks again.</summary>
    internal static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a model may have no device at all before the part fails.</summary>
    internal static readonly TimeSpan Gap = TimeSpan.FromSeconds(5);

    // Predictions err mostly by other gateways' work, which shows at the next reading of the catalogs.
    private const double LateFactor = 3;

    // One failure can be a broken device; after two, the images are to blame.
    private const int MaxFailures = 2;

    /// <summary>The devices that serve exactly this model now.</summary>
    public ImmutableArray<DeviceState> Devices(ServedModel model) =>
        watcher.View.Find(model.Name) is { } route && route.Model == model ? route.Devices : [];

    /// <summary>Sends a part.</summary>
    /// <param name="part">The crops.</param>
    /// <param name="device">The device that gets them first; null to wait for one.</param>
    /// <param name="cancellationToken">Gives up every call.</param>
    /// <returns>The answer, with features of the expected size.</returns>
    /// <exception cref="EmbeddingException">As in <see cref="IEmbeddingRouter.EmbedAsync"/>.</exception>
    public async Task<EmbedReply> SendAsync(CropPart part, DeviceState? device, CancellationToken cancellationToken)
    {
        while (true)
        {
            device ??= await NextAsync(part, cancellationToken);
            if (part.History is not null)
            {
                metrics.Resent(part.Count);
            }

            var (outcome, reply) = await TryAsync(part, device, cancellationToken);
            if (outcome == AttemptOutcome.Answered)
            {
                return reply!;
            }

            Judge(part.AddTried(device), device, outcome, cancellationToken);
            device = outcome == AttemptOutcome.Failed ? await NextAsync(part, cancellationToken) : null;
            if (device is not null && !budget.TryTake(part.Count))
            {
                throw new EmbeddingException(EmbeddingErrorKind.Internal, "A device failed, and the retry budget is spent.");
            }
        }
    }

    private async Task<(AttemptOutcome Outcome, EmbedReply? Reply)> TryAsync(CropPart part, DeviceState device, CancellationToken cancellationToken)
    {
        var remaining = part.Remaining(time);
        if (remaining <= TimeSpan.Zero)
        {
            throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
        }

        var slack = options.Value.AttemptSlack;
        var due = TimeSpan.FromSeconds(device.PredictSeconds(part.Count, time.GetTimestamp()) * LateFactor);
        // A lost device is called only as the last chance.
        var lost = device.Health.Lost is { IsCompleted: false } losing ? losing : null;
        var attempt = Attempt.Start(client, part, device, time, cancellationToken);
        do
        {
            // Again after a timer that fired too early.
            await attempt.WaitAsync(due + slack - attempt.Elapsed, lost);
        }
        while (attempt.IsOpen && lost?.IsCompleted != true && attempt.Elapsed < due + slack);

        if (attempt.IsOpen && attempt.Elapsed > due + slack + Poll)
        {
            // The gateway's process was paused, not the device: perhaps the answer has arrived and is only unread.
            await attempt.WaitAsync(slack);
        }

        if (attempt.IsOpen)
        {
            part.AddTried(device);
            if (device.Health.Quarantine())
            {
                RoutingLog.DeviceQuarantined(logger, device.Address, AttemptOutcome.Late);
            }

            // Without another device, or without budget, waiting is the best choice.
            while (attempt.IsOpen && !MayLeave(part))
            {
                await attempt.WaitAsync(Poll);
            }
        }

        var outcome = attempt.Conclude();
        metrics.AttemptEnded(outcome);
        if (outcome == AttemptOutcome.Answered)
        {
            device.Health.Succeeded();
            return (outcome, attempt.Reply);
        }

        RoutingLog.AttemptEnded(logger, device.Address, outcome, attempt.Error);
        // A deadline or a cancellation is no fault of the device, unless it was overdue by its own prediction: a device that swallows
        // requests with short deadlines would look idle and get them all. A pause of this process beyond the deadline does not count.
        var waited = attempt.Elapsed < remaining ? attempt.Elapsed : remaining;
        if (outcome is AttemptOutcome.Expired or AttemptOutcome.Canceled
            && attempt.Reply is null && waited > due + (slack / 4) && device.Health.Failed())
        {
            RoutingLog.DeviceQuarantined(logger, device.Address, outcome);
        }

        return (outcome, null);
    }

    /// <summary>Updates the device's health, and fails the part when no device can help it.</summary>
    private void Judge(PartHistory history, DeviceState device, AttemptOutcome outcome, CancellationToken cancellationToken)
    {
        var quarantined = false;
        switch (outcome)
        {
            case AttemptOutcome.Canceled:
                throw new OperationCanceledException(cancellationToken);
            case AttemptOutcome.Expired:
                throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
            case AttemptOutcome.Full:
                history.AddFull(device);
                break;
            case AttemptOutcome.Unreachable:
                quarantined = device.Health.Unreachable();
                break;
            case AttemptOutcome.Refused:
                quarantined = device.Health.Refused();
                break;
            case AttemptOutcome.Incompatible:
                history.AddIncompatible(device);
                break;
            case AttemptOutcome.Failed:
                history.AddFailed(device);
                quarantined = device.Health.Failed();
                break;
        }

        if (quarantined)
        {
            RoutingLog.DeviceQuarantined(logger, device.Address, outcome);
        }

        if (history.Failures >= MaxFailures)
        {
            throw new EmbeddingException(EmbeddingErrorKind.Internal, "Two devices failed on the same images.");
        }
    }

    /// <summary>Whether a late part has another device; the budget has then paid for it.</summary>
    private bool MayLeave(CropPart part) =>
        picker.Pick(Devices(part.Model).AsSpan(), part.Count, part.History, out _) is not null && budget.TryTake(part.Count);

    /// <summary>Waits until a device may have the part.</summary>
    private async Task<DeviceState> NextAsync(CropPart part, CancellationToken cancellationToken)
    {
        long? goneSince = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var remaining = part.Remaining(time);
            if (remaining <= TimeSpan.Zero)
            {
                throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
            }

            var devices = Devices(part.Model);
            if (picker.Pick(devices.AsSpan(), part.Count, part.History, out _) is { } device)
            {
                return device;
            }

            if (devices.IsEmpty)
            {
                goneSince ??= time.GetTimestamp();
                if (time.GetElapsedTime(goneSince.Value) >= Gap)
                {
                    throw new EmbeddingException(EmbeddingErrorKind.NoDevice);
                }
            }
            else
            {
                goneSince = null;
                ThrowIfHopeless(devices, part.History);
            }

            await Task.Delay(Poll < remaining ? Poll : remaining, time, cancellationToken);
        }
    }

    /// <summary>Fails a part that no device would take, unless a quarantined one may come back.</summary>
    private static void ThrowIfHopeless(ImmutableArray<DeviceState> devices, PartHistory? history)
    {
        if (history is null)
        {
            return;
        }

        var allBarred = true;
        var anyAvailable = false;
        foreach (var device in devices)
        {
            allBarred &= history.IsBarred(device);
            anyAvailable |= device.IsAvailable;
        }

        if (allBarred && history.Failures > 0)
        {
            throw new EmbeddingException(EmbeddingErrorKind.Internal, "Every device failed or is full.");
        }

        if (history.WasFull && (allBarred || anyAvailable))
        {
            throw new EmbeddingException(EmbeddingErrorKind.Overloaded);
        }

        if (allBarred)
        {
            throw new EmbeddingException(EmbeddingErrorKind.Internal, "Every silo speaks another version.");
        }
    }
}
