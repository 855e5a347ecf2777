using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>One call with a part of a group to one device. Must be concluded exactly once.</summary>
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
        _call = CallAsync(client, part, device, part.Remaining(time), _stop.Token);
    }

    /// <summary>The answer; null when there is none.</summary>
    public EmbedReply? Reply => _call.IsCompletedSuccessfully ? _call.Result : null;

    /// <summary>Why the call threw, for the log.</summary>
    public Exception? Error => _call.IsFaulted ? _call.Exception.InnerException : null;

    /// <summary>Time since the call began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Whether to wait on: no answer yet, not canceled, and the deadline has not passed.</summary>
    public bool IsOpen => !_call.IsCompleted && !_cancellationToken.IsCancellationRequested && _part.Remaining(_time) > TimeSpan.Zero;

    /// <summary>Makes the call.</summary>
    public static Attempt Start(
        IDeviceClient client, CropPart part, DeviceState device, TimeProvider time, CancellationToken cancellationToken) =>
        new(client, part, device, time, cancellationToken);

    /// <summary>Waits for the end of the call: at most <paramref name="timeout"/>, and until the deadline, a cancellation or <paramref name="lost"/>. Never throws.</summary>
    public async Task WaitAsync(TimeSpan timeout, Task? lost = null)
    {
        var remaining = _part.Remaining(_time);
        if (!_call.IsCompleted && remaining > TimeSpan.Zero)
        {
            // The call may ignore its token: a silo that is frozen or gone answers nothing at all.
            Task end = lost is null ? _call : Task.WhenAny(_call, lost);
            // Timers count whole milliseconds: rounded down, the wait would end too early.
            var milliseconds = Math.Max(1, Math.Ceiling((timeout < remaining ? timeout : remaining).TotalMilliseconds));
            await end.WaitAsync(TimeSpan.FromMilliseconds(milliseconds), _time, _cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Ends the attempt: takes over the device's answer, or gives the call up.</summary>
    public AttemptOutcome Conclude()
    {
        _device.Answered(_part.Count);
        if (Reply is { } reply)
        {
            _stop.Dispose();
            _device.Observe(reply.QueueDepth, reply.Computing);
            return OutcomeOf(reply);
        }

        if (_call.IsCompleted)
        {
            _stop.Dispose();
            return OutcomeOf(Error);
        }

        _stop.Cancel();
        _stop.Dispose();
        _ = _call.ContinueWith(
            static call => call.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return _cancellationToken.IsCancellationRequested ? AttemptOutcome.Canceled
            : _part.Remaining(_time) > TimeSpan.Zero ? AttemptOutcome.Late
            : AttemptOutcome.Expired;
    }

    // A call that throws or is given up never releases the crops: the device may still read them.
    // An exception before the client's first await becomes a faulted task.
    private static async Task<EmbedReply> CallAsync(
        IDeviceClient client, CropPart part, DeviceState device, TimeSpan remaining, CancellationToken cancellationToken)
    {
        part.Group.Hold();
        var reply = await client.EmbedAsync(device, part.Request(remaining), cancellationToken);
        part.Group.Release();
        return reply;
    }

    private AttemptOutcome OutcomeOf(EmbedReply reply) => reply.Status switch
    {
        EmbedStatus.Ok when reply.Features.Length == _part.Features => AttemptOutcome.Answered,
        EmbedStatus.QueueFull => AttemptOutcome.Full,
        EmbedStatus.Ok or EmbedStatus.DeviceFailed => AttemptOutcome.Failed,
        EmbedStatus.Draining or EmbedStatus.NotServed => AttemptOutcome.Refused,
        EmbedStatus.DeadlineExceeded => AttemptOutcome.Expired,
        _ => AttemptOutcome.Incompatible,
    };

    private AttemptOutcome OutcomeOf(Exception? error) => error switch
    {
        // Orleans' own exceptions and timeouts: the silo wasn't reached. Anything else came from the silo.
        OrleansException or TimeoutException => AttemptOutcome.Unreachable,
        null when _cancellationToken.IsCancellationRequested => AttemptOutcome.Canceled,
        _ => AttemptOutcome.Failed,
    };
}

/// <summary>How one call to a device ended.</summary>
internal enum AttemptOutcome
{
    /// <summary>It returned the features.</summary>
    Answered,

    /// <summary>It was given up: no answer within its timeout.</summary>
    Late,

    /// <summary>The silo can't be reached and did not get the crops.</summary>
    Unreachable,

    /// <summary>The device has no room; no compute was spent.</summary>
    Full,

    /// <summary>The silo shuts down or doesn't serve the model; no compute was spent.</summary>
    Refused,

    /// <summary>A silo of another version: it refused a request that is valid here, or its status is unknown here. Says nothing about the device.</summary>
    Incompatible,

    /// <summary>The device failed on the crops, or its answer does not fit them.</summary>
    Failed,

    /// <summary>The request's deadline passed.</summary>
    Expired,

    /// <summary>The caller canceled.</summary>
    Canceled,
}

/// <summary>
/// Limits repeated work to a tenth of all work, so that repeats don't overload slow devices: every image that is sent for the first time
/// earns a tenth of an image to send again, up to a cap that is available from the start.
/// </summary>
internal sealed class RetryBudget(IOptions<RoutingOptions> options)
{
    private const int TenthsPerImage = 10;

    private readonly Lock _lock = new();
    private readonly long _cap = (long)options.Value.RetryBudgetImages * TenthsPerImage;
    private long _tenths = (long)options.Value.RetryBudgetImages * TenthsPerImage;

    /// <summary>Images are sent for the first time.</summary>
    public void Earn(int images)
    {
        lock (_lock)
        {
            _tenths = Math.Min(_cap, _tenths + images);
        }
    }

    /// <summary>Takes images to send again; false, and takes nothing, when the budget is too small.</summary>
    public bool TryTake(int images)
    {
        var tenths = (long)images * TenthsPerImage;
        lock (_lock)
        {
            if (_tenths < tenths)
            {
                return false;
            }

            _tenths -= tenths;
            return true;
        }
    }
}

/// <summary>Calls one device.</summary>
internal interface IDeviceClient
{
    Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken);
}

/// <summary>Calls a device at its silo endpoint, or through the cluster when the endpoint isn't known.</summary>
internal sealed class GrainDeviceClient(IGrainFactory grains) : IDeviceClient
{
    public Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken) => device.Endpoint is { } endpoint
        ? grains.GetGrain<ISiloEndpoint>(SiloEndpointId.At(endpoint)).EmbedAsync(device.Address, request, cancellationToken)
        : grains.GetGrain<IInferenceGrain>(device.Address.ToString()).EmbedAsync(request, cancellationToken);
}
