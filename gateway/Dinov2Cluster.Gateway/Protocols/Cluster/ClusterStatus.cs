using System.Collections.Immutable;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>The cluster as this gateway sees it: the answer of <c>GET /cluster</c>.</summary>
/// <param name="Gateway">The gateway that answers.</param>
/// <param name="Silos">Members of the cluster, in the order of their names.</param>
/// <param name="Models">What is served now, in the order of their names.</param>
internal sealed record ClusterStatus(GatewayStatus Gateway, ImmutableArray<SiloStatus> Silos, ImmutableArray<ModelStatus> Models);
