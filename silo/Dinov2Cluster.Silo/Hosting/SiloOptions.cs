using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>Section <c>Silo</c>.</summary>
public sealed class SiloOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Silo";

    /// <summary>Where the silo's own <c>/health/*</c> and <c>/metrics</c> listen.</summary>
    [Required, Url]
    public string HttpUrl { get; set; } = "http://127.0.0.1:9090";
}
