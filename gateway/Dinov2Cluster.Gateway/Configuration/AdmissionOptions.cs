using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>Most work that the gateway holds at one time, section <c>Admission</c>. Requests beyond it are refused immediately.</summary>
internal sealed class AdmissionOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Admission";

    /// <summary>Most images in flight, from admission to reply. Default 512: a crop is 150 KB, so 77 MB of crops.</summary>
    [Range(1, 1_048_576)]
    public int MaxImages { get; set; } = 512;

    /// <summary>
    /// Longest time that admitted images should wait for a device, when the devices are fast enough for two
    /// of their best batches in it. Default 5 s: shorter than any client's timeout. A service with a latency objective sets it near that.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan MaxQueueTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most images in flight for one device, however fast it is. Default 1024, as long as a silo's queue.</summary>
    [Range(1, 1_048_576)]
    public int MaxImagesPerDevice { get; set; } = 1024;

    /// <summary>Most bytes of request bodies in memory, counted as they arrive. Default 1 GB.</summary>
    [Range(1024, long.MaxValue)]
    public long MaxBodyBytes { get; set; } = 1_000_000_000;
}
