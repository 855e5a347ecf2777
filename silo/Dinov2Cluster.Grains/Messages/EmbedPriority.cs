namespace Dinov2Cluster.Grains.Messages;

/// <summary>Which images a device takes first.</summary>
[GenerateSerializer, Alias("dinov2.EmbedPriority")]
public enum EmbedPriority
{
    /// <summary>Somebody waits for the answer.</summary>
    Interactive,

    /// <summary>Throughput matters, not the moment: interactive images go first, but never starve these.</summary>
    Bulk,
}
