using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Hosting;

/// <summary>Section <c>Cluster</c>: how silos and gateways find each other. The same keys on both sides.</summary>
public sealed class ClusterMemberOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Cluster";

    /// <summary>Where the cluster keeps its membership.</summary>
    public ClusterProvider Provider { get; set; } = ClusterProvider.Localhost;

    /// <summary>
    /// Redis server of <see cref="ClusterProvider.Redis"/>, as a StackExchange.Redis configuration:
    /// <c>redis-0:6379,redis-1:6379,password=...,ssl=true</c>.
    /// </summary>
    public string Redis { get; set; } = "127.0.0.1:6379";

    /// <summary>Id of the cluster; all members have the same.</summary>
    [Required]
    public string ClusterId { get; set; } = "dinov2";

    /// <summary>Id of the service; the same in all deployments of the cluster.</summary>
    [Required]
    public string ServiceId { get; set; } = "dinov2";

    /// <summary>Name of this silo, unique in the cluster. Part of grain keys, so it can't contain a slash.</summary>
    [Required]
    [RegularExpression("[^/]+", ErrorMessage = "SiloName must not hold a slash.")]
    public string SiloName { get; set; } = Environment.MachineName;

    /// <summary>
    /// Address of this silo for other members: an IP address, or a host name, such as a container's own, which is resolved when the silo starts.
    /// With a loopback address the silo listens only there; with another one, such as a pod's, it listens on every address.
    /// </summary>
    [Required]
    public string AdvertisedIp { get; set; } = "127.0.0.1";

    /// <summary>Port for other silos.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port of the silo endpoint, for gateways.</summary>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>Silo port of the primary silo, which holds the membership of <see cref="ClusterProvider.Localhost"/>.</summary>
    [Range(1, 65535)]
    public int PrimaryPort { get; set; } = 11111;
}

/// <summary>Where the cluster keeps its membership.</summary>
public enum ClusterProvider
{
    /// <summary>In the primary silo's memory: silos and gateways of one machine.</summary>
    Localhost,

    /// <summary>In a Redis server that every member reaches.</summary>
    Redis,
}
