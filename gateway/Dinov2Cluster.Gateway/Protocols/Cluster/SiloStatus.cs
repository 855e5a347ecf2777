using System.Collections.Immutable;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>One silo.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where gateways reach it, as address and port; null when that is through the cluster.</param>
/// <param name="State"><c>starting</c>, <c>ready</c>, <c>draining</c> or <c>unreachable</c>.</param>
/// <param name="Since">When this gateway saw it come into that state.</param>
/// <param name="Devices">A model on a device each.</param>
internal sealed record SiloStatus(string Name, string? Address, string State, DateTimeOffset Since, ImmutableArray<DeviceStatus> Devices);
