namespace Dinov2Cluster.Cli.Hub;

/// <summary>A failure that may be gone when it is tried again. The message is what to say when it isn't.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="retryAfter">How long the server wants to be left alone.</param>
/// <param name="cause">What came before.</param>
internal sealed class TransientException(string message, TimeSpan? retryAfter = null, Exception? cause = null) : Exception(message, cause)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
