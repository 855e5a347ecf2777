namespace Dinov2Cluster.Inference.Batching;

/// <summary>Which images a device takes first.</summary>
public enum Priority
{
    /// <summary>Somebody waits for the answer.</summary>
    Interactive,

    /// <summary>Throughput matters, not the moment. Never starved: of eight images that a device takes while both kinds wait, one is bulk.</summary>
    Bulk,
}
