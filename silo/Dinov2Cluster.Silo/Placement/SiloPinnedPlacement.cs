using Orleans.Placement;

namespace Dinov2Cluster.Silo.Placement;

/// <summary>Places a grain on the silo that its key names. It needs no grain directory: the key alone gives the silo.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("dinov2.SiloPinnedPlacement")]
internal sealed class SiloPinnedPlacement : PlacementStrategy
{
    /// <inheritdoc/>
    /// <remarks>
    /// With a directory, a crashed silo's entries must be found and removed before the restarted silo of that name gets calls,
    /// and every silo that joins or leaves moves a part of the directory.
    /// </remarks>
    public override bool IsUsingGrainDirectory => false;
}

/// <summary>Pins the grains of a class to the silos that their keys name.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SiloPinnedPlacementAttribute() : PlacementAttribute(new SiloPinnedPlacement());
