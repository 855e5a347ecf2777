namespace Dinov2Cluster.Hosting;

/// <summary>Where the cluster keeps its membership.</summary>
public enum ClusterProvider
{
    /// <summary>In the primary silo's memory: silos and gateways of one machine.</summary>
    Localhost,

    /// <summary>In a Redis server that every member reaches.</summary>
    Redis,
}
