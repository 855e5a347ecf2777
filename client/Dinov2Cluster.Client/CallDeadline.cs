namespace Dinov2Cluster.Client;

/// <summary>The one deadline of a call, combined with the caller's cancellation and the disposal of the client.</summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly long _start;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationToken _closing;
    private readonly CancellationTokenSource _expiry;
    private readonly CancellationTokenSource _linked;

    public CallDeadline(TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken, CancellationToken closing = default)
    {
        (_time, _timeout, _cancellationToken, _closing, _start) = (time, timeout, cancellationToken, closing, time.GetTimestamp());
        _expiry = new CancellationTokenSource(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_expiry.Token, cancellationToken, closing);
    }

    /// <summary>Canceled for any of the three reasons.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Time until the deadline.</summary>
    public TimeSpan Remaining => _timeout - _time.GetElapsedTime(_start);

    /// <summary>Runs the call, and translates its cancellation into the reason.</summary>
    /// <exception cref="OperationCanceledException">The caller canceled.</exception>
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
            _cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, typeof(Dinov2Client));
            throw new Dinov2Exception(Dinov2ErrorKind.DeadlineExceeded, $"No answer came within the deadline of {_timeout}.");
        }
    }

    public void Dispose()
    {
        _linked.Dispose();
        _expiry.Dispose();
    }
}
