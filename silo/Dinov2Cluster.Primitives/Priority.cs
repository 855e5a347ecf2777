using Orleans;

namespace Dinov2Cluster.Primitives;

/// <summary>Which images a device takes first.</summary>
[GenerateSerializer, Alias("dinov2.Priority")]
public enum Priority
{
    /// <summary>A caller waits for the answer.</summary>
    Interactive,

    /// <summary>Throughput matters more than latency. Never starved: while both kinds wait, one of eight images that a device takes is bulk.</summary>
    Bulk,
}
