namespace Dinov2Cluster.Cli.Hub;

/// <summary>Tries again what a network breaks: after 1, 2, 4, 8 and 16 seconds, or as long as the server says.</summary>
internal sealed class Retry(TimeProvider time)
{
    /// <summary>A connection on which nothing has come for so long is broken.</summary>
    public static readonly TimeSpan StandStill = TimeSpan.FromSeconds(30);

    private const int MaxRetries = 5;
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromSeconds(25);

    /// <summary>Runs an attempt until it succeeds, or has failed too often in a row.</summary>
    /// <param name="attempt">Gets a watch, to be touched whenever something came.</param>
    /// <param name="cameFurther">Whether the attempt that failed brought something, so that the count begins anew.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="CommandException">It failed too often, or in a way that trying doesn't mend.</exception>
    public async Task<T> RunAsync<T>(Func<StandStillWatch, Task<T>> attempt, Func<bool> cameFurther, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            TransientException failure;
            using (var watch = new StandStillWatch(StandStill, time, cancellationToken))
            {
                try
                {
                    return await attempt(watch);
                }
                catch (TransientException e)
                {
                    failure = e;
                }
                catch (OperationCanceledException e) when (watch.Expired && !cancellationToken.IsCancellationRequested)
                {
                    failure = new TransientException($"nothing came for {StandStill.TotalSeconds:0} s; check the network and run the command again to go on", cause: e);
                }
                catch (HttpRequestException e)
                {
                    failure = new TransientException($"the connection broke ({e.Message.TrimEnd('.')}); check the network and HF_ENDPOINT, and run the command again to go on", cause: e);
                }
            }

            failures = cameFurther() ? 1 : failures + 1;
            if (failures > MaxRetries)
            {
                throw new CommandException(failure.Message, failure);
            }

            var pause = TimeSpan.FromSeconds(1 << (failures - 1));
            await Task.Delay(failure.RetryAfter is { } wanted && wanted > pause ? wanted < MaxRetryAfter ? wanted : MaxRetryAfter : pause, time, cancellationToken);
        }
    }
}
