using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>A request of any protocol.</summary>
/// <param name="Model">A model from <see cref="EmbeddingPipeline.FindModel"/>.</param>
/// <param name="Images">The images; their memory must stay valid until the answer is there.</param>
/// <param name="Options">What the client asks for.</param>
/// <param name="Priority">Whether other requests go first at a device.</param>
/// <param name="Deadline">When to give up.</param>
/// <param name="Caller">Who asks; null where callers need no credentials.</param>
internal sealed record EmbeddingRequest(
    ServedModel Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options, Priority Priority, RequestDeadline Deadline, ICaller? Caller);

/// <summary>What a client may ask for besides the images, in every protocol that can carry it.</summary>
/// <param name="Normalize">Whether each vector is divided by its L2 norm.</param>
/// <param name="Output">Which features.</param>
/// <param name="NullOnError">Whether a refused image leaves the others alone: its row then holds the error. Otherwise it fails the request.</param>
internal readonly record struct EmbeddingOptions(bool Normalize, Output Output, bool NullOnError);

/// <summary>Who a key or token stands for.</summary>
internal interface ICaller
{
    /// <summary>Counts images against the caller's limits, before anything is done for them.</summary>
    /// <exception cref="EmbeddingException">
    /// <see cref="EmbeddingErrorKind.RateLimited"/> or <see cref="EmbeddingErrorKind.QuotaExceeded"/>, with the time to wait.
    /// </exception>
    void Take(int images);
}
