using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>What all streams share.</summary>
internal sealed record EmbedStreamServices(
    EmbeddingPipeline Pipeline,
    StreamEmbedder Embedder,
    IEmbeddingRouter Router,
    BodyBudget Bodies,
    GatewayDrain Drain,
    IOptions<GatewayOptions> Options,
    TimeProvider Time);
