namespace Dinov2Cluster.Client;

/// <summary>Which images a device takes first.</summary>
public enum EmbedPriority
{
    /// <summary>Somebody waits for the answer.</summary>
    Interactive,

    /// <summary>Throughput matters, not the moment: interactive images go first.</summary>
    Bulk,
}
