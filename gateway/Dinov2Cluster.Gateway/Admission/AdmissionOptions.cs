using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>What the gateway holds at most at one time, section <c>Admission</c>. Over it a request is refused at once.</summary>
internal sealed class AdmissionOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Admission";

    /// <summary>Most images in flight, from admission to reply. Default 512: a crop is 150 KB, so 77 MB of crops.</summary>
    [Range(1, 1_048_576)]
    public int MaxImages { get; set; } = 512;

    /// <summary>Most bytes of request bodies in memory, counted as they arrive. Default 1 GB.</summary>
    [Range(1024, long.MaxValue)]
    public long MaxBodyBytes { get; set; } = 1_000_000_000;
}
