using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>One call with a part of a batch to one device. It must be concluded, once.</summary>
internal sealed class Attempt
{
    private readonly CropPart _part;
    private readonly DeviceState _device;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _stop;
    private readonly long _start;
    private readonly Task<EmbedReply> _call;

    private Attempt(IDeviceClient client, CropPart part, DeviceState device, TimeProvider time, CancellationToken cancellationToken)
    {
        (_part, _device, _time, _cancellationToken) = (part, device, time, cancellationToken);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _start = time.GetTimestamp();
        device.Sent(part.Count);
        _call = CallAsync(client, device, part.Request(part.Remaining(time)), _stop.Token);
    }

    /// <summary>The answer of a call that ended with one.</summary>
    public EmbedReply? Reply => _call.IsCompletedSuccessfully ? _call.Result : null;

    /// <summary>Why the call threw, for the log.</summary>
    public Exception? Error => _call.IsFaulted ? _call.Exception.InnerException : null;

    /// <summary>Time since the call began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Whether there is more to wait for: no answer yet, the caller still wants one, and there is time left.</summary>
    public bool IsOpen => !_call.IsCompleted && !_cancellationToken.IsCancellationRequested && _part.Remaining(_time) > TimeSpan.Zero;

    /// <summary>Makes the call.</summary>
    public static Attempt Start(
        IDeviceClient client, CropPart part, DeviceState device, TimeProvider time, CancellationToken cancellationToken) =>
        new(client, part, device, time, cancellationToken);

    /// <summary>Waits for the end of the call, but not longer than <paramref name="patience"/>, the deadline, the caller or <paramref name="lost"/>. Never throws.</summary>
    public async Task WaitAsync(TimeSpan patience, Task? lost = null)
    {
        var remaining = _part.Remaining(_time);
        if (!_call.IsCompleted && remaining > TimeSpan.Zero)
        {
            // The call need not notice its token: a silo that is frozen or gone answers nothing at all.
            Task end = lost is null ? _call : Task.WhenAny(_call, lost);
            await end.WaitAsync(patience < remaining ? patience : remaining, _time, _cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Ends the attempt: takes over what the device said, or gives the call up.</summary>
    public AttemptOutcome Conclude()
    {
        _device.Answered(_part.Count);
        if (Reply is { } reply)
        {
            _stop.Dispose();
            _device.Observe(reply.QueueDepth, reply.Computing);
            return OutcomeOf(reply);
        }

        // Only an answer says that nobody reads the crops any more.
        _part.Abandon();
        if (_call.IsCompleted)
        {
            _stop.Dispose();
            return OutcomeOf(Error);
        }

        _stop.Cancel();
        _stop.Dispose();
        _ = _call.ContinueWith(
            static call => call.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return _cancellationToken.IsCancellationRequested ? AttemptOutcome.Cancelled
            : _part.Remaining(_time) > TimeSpan.Zero ? AttemptOutcome.Late
            : AttemptOutcome.Expired;
    }

    // Turns what the client throws before its first await into a faulted task.
    private static async Task<EmbedReply> CallAsync(
        IDeviceClient client, DeviceState device, EmbedRequest request, CancellationToken cancellationToken) =>
        await client.EmbedAsync(device, request, cancellationToken);

    private AttemptOutcome OutcomeOf(EmbedReply reply) => reply.Status switch
    {
        EmbedStatus.Ok when reply.Features.Length == _part.Features => AttemptOutcome.Answered,
        EmbedStatus.QueueFull => AttemptOutcome.Full,
        EmbedStatus.Draining or EmbedStatus.NotServed => AttemptOutcome.Refused,
        EmbedStatus.DeadlineExceeded => AttemptOutcome.Expired,
        _ => AttemptOutcome.Failed,
    };

    private AttemptOutcome OutcomeOf(Exception? error) => error switch
    {
        // Orleans' own exceptions and time-outs say that the silo wasn't reached; anything else came from the grain.
        OrleansException or TimeoutException => AttemptOutcome.Unreachable,
        null when _cancellationToken.IsCancellationRequested => AttemptOutcome.Cancelled,
        _ => AttemptOutcome.Failed,
    };
}
