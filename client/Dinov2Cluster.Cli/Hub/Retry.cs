using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>Retries after network failures: after 1, 2, 4, 8 and 16 seconds, or as long as the server says.</summary>
internal sealed class Retry(TimeProvider time)
{
    /// <summary>A connection without data for this long is broken.</summary>
    public static readonly TimeSpan StandStillTimeout = TimeSpan.FromSeconds(30);

    private const int MaxRetries = 5;

    private static readonly TimeSpan _maxRetryAfter = TimeSpan.FromSeconds(25);

    /// <summary>Runs an attempt until it succeeds, or has failed too often in a row.</summary>
    /// <param name="attempt">Gets a watch, which it must touch when data arrives.</param>
    /// <param name="madeProgress">Whether the failed attempt made progress, so that the count starts again.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="CommandException">It failed too often, or permanently.</exception>
    public async Task<T> RunAsync<T>(Func<StandStillWatch, Task<T>> attempt, Func<bool> madeProgress, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            TransientException failure;
            using (var watch = new StandStillWatch(StandStillTimeout, time, cancellationToken))
            {
                try
                {
                    return await attempt(watch);
                }
                catch (TransientException exception)
                {
                    failure = exception;
                }
                catch (OperationCanceledException exception) when (watch.Expired && !cancellationToken.IsCancellationRequested)
                {
                    failure = new TransientException(
                        $"no data for {StandStillTimeout.TotalSeconds:0} s; check the network and run the command again to continue", cause: exception);
                }
                catch (HttpRequestException exception)
                {
                    failure = new TransientException(
                        $"the connection broke ({exception.Message.TrimEnd('.')}); check the network and HF_ENDPOINT, and run the command again to continue", cause: exception);
                }
            }

            failures = madeProgress() ? 1 : failures + 1;
            if (failures > MaxRetries)
            {
                throw new CommandException(failure.Message, failure);
            }

            var pause = TimeSpan.FromSeconds(1 << (failures - 1));
            await Task.Delay(failure.RetryAfter is { } asked && asked > pause ? asked < _maxRetryAfter ? asked : _maxRetryAfter : pause, time, cancellationToken);
        }
    }
}

/// <summary>Cancels when it isn't touched for the duration of the timeout.</summary>
internal sealed class StandStillWatch : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;

    public StandStillWatch(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _timer = new CancellationTokenSource(timeout, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
    }

    public CancellationToken Token => _linked.Token;

    public bool Expired => _timer.IsCancellationRequested;

    public void Touch() => _timer.CancelAfter(_timeout);

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}

/// <summary>A failure that a retry may fix. The message is for the user, when no retry did.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="retryAfter">Wait that the server asked for.</param>
/// <param name="cause">The original exception.</param>
internal sealed class TransientException(string message, TimeSpan? retryAfter = null, Exception? cause = null) : Exception(message, cause)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
