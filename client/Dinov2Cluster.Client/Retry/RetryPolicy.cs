using Dinov2Cluster.Client.Settings;

namespace Dinov2Cluster.Client.Retry;

/// <summary>
/// When a failed request is tried again: exponential back-off with full jitter, after what the gateway asked for. Own code, since a library
/// would give the loop only: the waits follow Retry-After, and a broken bulk stream isn't one call that is repeated.
/// </summary>
/// <remarks>Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.</remarks>
internal sealed class RetryPolicy(ClientSettings settings, Random random)
{
    /// <summary>The wait before the next try; null when there is none.</summary>
    /// <param name="error">Why the last one failed.</param>
    /// <param name="retries">How many there have been already.</param>
    /// <param name="remaining">Time that is left: a wait beyond it is none.</param>
    public TimeSpan? Delay(Dinov2Exception error, int retries, TimeSpan remaining)
    {
        if (!error.IsTransient || retries >= settings.MaxRetries)
        {
            return null;
        }

        var ceiling = Math.Min(settings.RetryBaseDelay.TotalSeconds * Math.Pow(2, retries), settings.RetryMaxDelay.TotalSeconds);
        double part;
        lock (random)
        {
            part = random.NextDouble();
        }

        var delay = (error.RetryAfter ?? TimeSpan.Zero) + TimeSpan.FromSeconds(ceiling * part);
        return delay < remaining ? delay : null;
    }
}
