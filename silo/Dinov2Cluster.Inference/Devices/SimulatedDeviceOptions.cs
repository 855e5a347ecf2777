using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>A simulated device: a batch of n images takes <see cref="BaseLatency"/> + n * <see cref="LatencyPerImage"/>.</summary>
public sealed record SimulatedDeviceOptions
{
    /// <summary>Latency of every batch, whatever its size.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan BaseLatency { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Latency that each image adds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan LatencyPerImage { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Batches in flight: with 2, as on a GPU, the base latency of one overlaps the other; images are computed one batch after the other.</summary>
    [Range(1, 2)]
    public int Lanes { get; init; } = 1;

    /// <summary>Features per image, unless the model's manifest says.</summary>
    [Range(1, 65536)]
    public int EmbeddingSize { get; init; } = 384;

    /// <summary>Side of the square crop in pixels, unless the model's manifest says.</summary>
    [Range(1, 4096)]
    public int ImageSize { get; init; } = 224;
}
