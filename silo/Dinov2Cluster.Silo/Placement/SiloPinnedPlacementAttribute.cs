using Orleans.Placement;

namespace Dinov2Cluster.Silo.Placement;

/// <summary>Marks a grain class as pinned to the silo that its key names.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SiloPinnedPlacementAttribute() : PlacementAttribute(new SiloPinnedPlacement());
