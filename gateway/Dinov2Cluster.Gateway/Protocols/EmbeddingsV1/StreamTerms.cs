using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>What holds for every image of a stream.</summary>
/// <param name="Model">Name of the model; empty for the default one.</param>
/// <param name="Options">What is wanted; each image fails on its own.</param>
/// <param name="Priority">Whether other requests go first.</param>
/// <param name="Caller">Who asks; null where nobody has to say.</param>
internal sealed record StreamTerms(string Model, EmbeddingOptions Options, Priority Priority, ICaller? Caller);
