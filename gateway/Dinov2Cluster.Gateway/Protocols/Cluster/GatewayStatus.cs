namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>The gateway that answers.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Draining">True from the first moment of its shutdown.</param>
/// <param name="ImagesAdmitted">Images let in and not yet answered.</param>
/// <param name="ImagesInFlight">Those of them that are at a device.</param>
internal sealed record GatewayStatus(string Version, bool Draining, int ImagesAdmitted, int ImagesInFlight);
