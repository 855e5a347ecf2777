namespace Dinov2Cluster.Client.Retry;

/// <summary>The one deadline of a call, together with the caller's cancellation and the client's end.</summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _duration;
    private readonly long _start;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _closing;
    private readonly CancellationTokenSource _expiry;
    private readonly CancellationTokenSource _linked;

    public CallDeadline(TimeProvider time, TimeSpan duration, CancellationToken caller, CancellationToken closing = default)
    {
        (_time, _duration, _caller, _closing, _start) = (time, duration, caller, closing, time.GetTimestamp());
        _expiry = new CancellationTokenSource(duration > TimeSpan.Zero ? duration : TimeSpan.Zero, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_expiry.Token, caller, closing);
    }

    /// <summary>Ends the call for any of the three reasons.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Time that is left.</summary>
    public TimeSpan Remaining => _duration - _time.GetElapsedTime(_start);

    /// <summary>Does the call's work; when that is cancelled, says for which reason.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="Dinov2Exception">The deadline passed.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException) when (Token.IsCancellationRequested)
        {
            _caller.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, typeof(Dinov2Client));
            throw new Dinov2Exception(Dinov2ErrorKind.DeadlineExceeded, $"The deadline of {_duration} passed before the answer came.");
        }
    }

    public void Dispose()
    {
        _linked.Dispose();
        _expiry.Dispose();
    }
}
