using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Somebody who has said who they are, and may ask for so much.</summary>
internal interface ICaller
{
    /// <summary>Counts images against what the caller may ask for, before anything is done for them.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.RateLimited"/> or <see cref="EmbeddingErrorKind.QuotaExceeded"/>, with the time to wait.</exception>
    void Take(int images);
}
