namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>A body was not read to its end.</summary>
/// <param name="isTooLarge">True when this body is over its own limit, false when all bodies together are over theirs.</param>
internal sealed class RequestBodyException(bool isTooLarge)
    : Exception(isTooLarge ? "The request body is too large." : "The gateway holds too many request bodies.")
{
    /// <summary>Whether trying again is of no use.</summary>
    public bool IsTooLarge { get; } = isTooLarge;
}
