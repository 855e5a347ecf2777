namespace Dinov2Cluster.Gateway.Routing;

/// <summary>An active silo.</summary>
/// <param name="Name">Its name, as in the addresses of its devices.</param>
/// <param name="Gateway">Where its own door is, generation 0; null when it is reached through the cluster.</param>
internal sealed record SiloMember(string Name, SiloAddress? Gateway);
