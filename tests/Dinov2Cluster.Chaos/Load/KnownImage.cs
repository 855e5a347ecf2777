using System.Text;
using Dinov2Cluster.Inference.Sessions;

namespace Dinov2Cluster.Chaos.Load;

/// <summary>An image and the one right answer to it.</summary>
/// <param name="base64">The encoded file, as it stands in a request.</param>
/// <param name="features">What a simulated device makes of it.</param>
internal sealed class KnownImage(string base64, float[] features)
{
    public const int EmbeddingSize = 128;

    private volatile byte[]? _rowText;

    public byte[] Base64 { get; } = Encoding.ASCII.GetBytes(base64);

    public ReadOnlySpan<float> Features => features;

    /// <summary>The text of a row that was found right, so that the next one with the same text need not be parsed; null before.</summary>
    public byte[]? RowText
    {
        get => _rowText;
        set => _rowText = value;
    }

    /// <summary>Distinct images from a seed.</summary>
    public static KnownImage[] Create(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (file, crop) = StripedImage.Create(random);
            var features = new float[EmbeddingSize];
            SimulatedFeatures.Compute(crop, features);
            return new KnownImage(Convert.ToBase64String(file), features);
        })];
    }
}
