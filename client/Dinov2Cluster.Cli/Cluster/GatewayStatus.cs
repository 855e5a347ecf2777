namespace Dinov2Cluster.Cli.Cluster;

/// <summary>The gateway that answers: its images that aren't answered yet, and those of them that are at a device.</summary>
internal sealed record GatewayStatus(string Version, bool Draining, long ImagesAdmitted, long ImagesInFlight);
