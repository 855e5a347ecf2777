using System.Collections.Immutable;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Sends a part of a batch until a device has answered it. Embedding has no side effect, so a part may be sent again: at no cost when the first
/// device spent nothing on it, else as the <see cref="RetryBudget"/> allows.
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
    /// <summary>A part that has nowhere to go looks again after this.</summary>
    internal static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a model that was just served may be gone before the part fails.</summary>
    internal static readonly TimeSpan Gap = TimeSpan.FromSeconds(5);

    // Half of the mistakes of a prediction are other gateways' work, which shows within a poll of the catalogs.
    private const double LateFactor = 3;

    // A part that failed on one device may have met a broken device; on two, the image is to blame.
    private const int MaxFailures = 2;

    /// <summary>The devices that serve exactly this model now.</summary>
    public ImmutableArray<DeviceState> Devices(ServedModel model) =>
        watcher.View.Find(model.Name) is { } route && route.Model == model ? route.Devices : [];

    /// <summary>Sends a part.</summary>
    /// <param name="part">The crops.</param>
    /// <param name="device">Where to send them first; null to wait until some device may have them.</param>
    /// <param name="cancellationToken">Gives every call up.</param>
    /// <returns>The answer, with features of the right size.</returns>
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
        if (part.Remaining(time) <= TimeSpan.Zero)
        {
            throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
        }

        var slack = options.Value.AttemptSlack;
        var due = TimeSpan.FromSeconds(Math.Min(device.PredictSeconds(part.Count, time.GetTimestamp()) * LateFactor, part.Remaining(time).TotalSeconds));
        var lost = device.Health.Lost;
        var attempt = Attempt.Start(client, part, device, time, cancellationToken);
        // A device that is called although it was lost is a last hope.
        await attempt.WaitAsync(due + slack, lost.IsCompleted ? null : lost);
        if (attempt.IsOpen && attempt.Elapsed > due + slack + Poll)
        {
            // This process stood still, and not the device: the answer may be here and only unread.
            await attempt.WaitAsync(slack);
        }

        if (attempt.IsOpen)
        {
            part.AddTried(device);
            if (device.Health.SetAside())
            {
                RoutingLog.DeviceSetAside(logger, device.Address, AttemptOutcome.Late);
            }

            // With nowhere else to go, or no budget for it, the best that can be done is to wait on.
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
        // Requests with little time never see a device late; one that swallows them would look idle and get them all.
        if (outcome is AttemptOutcome.Expired or AttemptOutcome.Cancelled
            && attempt.Reply is null && attempt.Elapsed > due + (slack / 4) && device.Health.Failed())
        {
            RoutingLog.DeviceSetAside(logger, device.Address, outcome);
        }

        return (outcome, null);
    }

    /// <summary>Draws the conclusions about the device, and ends the part when it has no hope.</summary>
    private void Judge(PartHistory history, DeviceState device, AttemptOutcome outcome, CancellationToken cancellationToken)
    {
        var setAside = false;
        switch (outcome)
        {
            case AttemptOutcome.Cancelled:
                throw new OperationCanceledException(cancellationToken);
            case AttemptOutcome.Expired:
                throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
            case AttemptOutcome.Full:
                history.AddFull(device);
                break;
            case AttemptOutcome.Unreachable:
                setAside = device.Health.Unreachable();
                break;
            case AttemptOutcome.Refused:
                setAside = device.Health.Refused();
                break;
            case AttemptOutcome.Failed:
                history.AddFailed(device);
                setAside = device.Health.Failed();
                break;
        }

        if (setAside)
        {
            RoutingLog.DeviceSetAside(logger, device.Address, outcome);
        }

        if (history.Failures >= MaxFailures)
        {
            throw new EmbeddingException(EmbeddingErrorKind.Internal, "Two devices failed on the same images.");
        }
    }

    /// <summary>Whether a late part has somewhere else to go; the budget has then paid for it.</summary>
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

    /// <summary>Fails a part that no device would take, when waiting for one that is set aside would not be better.</summary>
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
    }
}
