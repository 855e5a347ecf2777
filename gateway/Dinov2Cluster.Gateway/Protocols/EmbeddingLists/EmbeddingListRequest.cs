using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingLists;

/// <summary>A request for a list of embeddings.</summary>
/// <param name="Model">Name of the model; null or empty for the default.</param>
/// <param name="Images">The images.</param>
/// <param name="Options">What is wanted of them.</param>
/// <param name="Encoding">How the embeddings are written.</param>
internal sealed record EmbeddingListRequest(
    string? Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options, EmbeddingEncoding Encoding) : ProtocolRequest(Model, Images, Options);
