namespace Dinov2Cluster.Cli.Cluster;

/// <summary>What a gateway answers to <c>GET /cluster</c>, as far as it is shown.</summary>
internal sealed record ClusterStatus(GatewayStatus Gateway, IReadOnlyList<SiloStatus> Silos, IReadOnlyList<ModelStatus> Models);
