namespace Dinov2Cluster.Silo;

/// <summary>The meter of the silo's own instruments.</summary>
internal static class SiloMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Dinov2Cluster.Silo";
}
