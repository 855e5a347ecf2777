using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>What every protocol makes of its requests.</summary>
/// <param name="Model">A model from <see cref="EmbeddingPipeline.FindModel"/>.</param>
/// <param name="Images">The images; their memory must stay valid until the answer is there.</param>
/// <param name="Options">What is wanted of them.</param>
/// <param name="Priority">Whether others go first at a device.</param>
/// <param name="Deadline">When to give up.</param>
/// <param name="Caller">Who asks; null where nobody has to say.</param>
internal sealed record EmbeddingRequest(
    ServedModel Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options, Priority Priority, RequestDeadline Deadline, ICaller? Caller);
