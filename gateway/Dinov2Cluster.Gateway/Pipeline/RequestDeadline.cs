using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The one deadline of a request: it covers the body, fetches, decoding, queues and inference.</summary>
internal sealed class RequestDeadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;
    private readonly CancellationToken _client;

    /// <param name="time">Clock of <see cref="Timestamp"/>.</param>
    /// <param name="duration">Time from now.</param>
    /// <param name="client">Canceled when the client is gone.</param>
    public RequestDeadline(TimeProvider time, TimeSpan duration, CancellationToken client)
    {
        Timestamp = time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);
        _client = client;
        _timer = new CancellationTokenSource(duration, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, client);
    }

    /// <summary><see cref="TimeProvider"/> timestamp after which the answer is useless.</summary>
    public long Timestamp { get; }

    /// <summary>Canceled when the deadline passed or the client is gone.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Whether the deadline passed.</summary>
    public bool HasPassed => _timer.IsCancellationRequested;

    /// <summary>Throws if <see cref="Token"/> is canceled.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.DeadlineExceeded"/>.</exception>
    public void ThrowIfOver()
    {
        _client.ThrowIfCancellationRequested();
        if (HasPassed)
        {
            throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
        }
    }

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
