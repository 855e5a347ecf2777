namespace Dinov2Cluster.Client;

/// <summary>
/// Decides when a failed request is sent again: exponential back-off with full jitter, after the wait that the gateway asked for. Own code, because a
/// library would only supply the loop: the waits follow Retry-After, and a broken bulk stream is not one call that is repeated.
/// </summary>
/// <remarks>Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.</remarks>
internal sealed class RetryPolicy(Dinov2ClientOptions options, Random random)
{
    /// <summary>The wait before the next try; null when there is no further try.</summary>
    /// <param name="error">Why the last try failed.</param>
    /// <param name="retries">Number of earlier retries.</param>
    /// <param name="remaining">Time until the deadline: longer waits are not started.</param>
    public TimeSpan? Delay(Dinov2Exception error, int retries, TimeSpan remaining)
    {
        if (!error.IsTransient || retries >= options.MaxRetries)
        {
            return null;
        }

        var ceiling = Math.Min(options.RetryBaseDelay.TotalSeconds * Math.Pow(2, retries), options.RetryMaxDelay.TotalSeconds);
        double part;
        lock (random)
        {
            part = random.NextDouble();
        }

        var delay = (error.RetryAfter ?? TimeSpan.Zero) + TimeSpan.FromSeconds(ceiling * part);
        return delay < remaining ? delay : null;
    }
}
