using System.Collections.Immutable;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>A model and the devices that serve it.</summary>
internal sealed record ModelRoute(ServedModel Model, ImmutableArray<DeviceState> Devices);
