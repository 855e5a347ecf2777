namespace Dinov2Cluster.Silo.Placement;

/// <summary>Places a grain on the silo that its key names. No grain directory: the key alone says where it lives.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("dinov2.SiloPinnedPlacement")]
internal sealed class SiloPinnedPlacement : PlacementStrategy
{
    /// <inheritdoc/>
    /// <remarks>
    /// With a directory, a crashed silo's entries have to be found and removed before its restarted namesake gets calls,
    /// and every silo that joins or leaves moves a part of the directory.
    /// </remarks>
    public override bool IsUsingGrainDirectory => false;
}
