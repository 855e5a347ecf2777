using System.Collections.Immutable;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>What this gateway knows of one member of the cluster. Immutable.</summary>
/// <param name="Name">The silo's name.</param>
/// <param name="Gateway">Where its own door is, generation 0; null when it is reached through the cluster.</param>
/// <param name="State">What it is good for.</param>
/// <param name="Since">When it came into that state.</param>
/// <param name="Devices">What it last said of its devices, a model each, in the order of their addresses; none before its first answer.</param>
internal sealed record SiloSnapshot(string Name, SiloAddress? Gateway, SiloState State, DateTimeOffset Since, ImmutableArray<DeviceSnapshot> Devices);
