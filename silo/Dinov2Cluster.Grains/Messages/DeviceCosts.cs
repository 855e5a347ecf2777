namespace Dinov2Cluster.Grains.Messages;

/// <summary>What batches cost on a device, up to the batch that gives the most images per second.</summary>
/// <param name="BatchSeconds">Seconds that a batch of 1, 2, 3, ... images takes; the last entry is the best batch. Never empty, all above 0.</param>
[GenerateSerializer, Immutable, Alias("dinov2.DeviceCosts")]
public sealed record DeviceCosts([property: Id(0)] double[] BatchSeconds)
{
    /// <summary>Images in the batch that gives the most images per second.</summary>
    public int BestBatch => BatchSeconds.Length;

    /// <summary>Throughput of best batches, one after another.</summary>
    public double ImagesPerSecond => BestBatch / BatchSeconds[^1];

    /// <summary>How long the device takes for images that wait, in best batches and a rest.</summary>
    /// <param name="images">Images; none take no time.</param>
    public double DrainSeconds(int images)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        var (full, rest) = Math.DivRem(images, BestBatch);
        return (full * BatchSeconds[^1]) + (rest > 0 ? BatchSeconds[rest - 1] : 0);
    }
}
