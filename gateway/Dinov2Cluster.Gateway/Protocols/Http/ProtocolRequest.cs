using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>What a request says in its protocol. Protocols add what they need for the answer.</summary>
/// <param name="Model">Name of the model; null or empty for the default.</param>
/// <param name="Images">The images.</param>
/// <param name="Options">What is wanted of them.</param>
internal record ProtocolRequest(string? Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options);
