using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>A REST request of <c>/infer</c>.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Images">The images.</param>
/// <param name="Options">What is wanted of them.</param>
/// <param name="Id">What the reply repeats; null for none.</param>
/// <param name="IsBinary">Whether the output is to come as bytes behind the JSON.</param>
internal sealed record InferRequest(string Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options, string? Id, bool IsBinary)
    : ProtocolRequest(Model, Images, Options);
