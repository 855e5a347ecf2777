using Dinov2Cluster.Imaging.Decoding;

namespace Dinov2Cluster.Benchmarks.Imaging;

/// <summary>An image that is decoded already: what is left to measure is the resize.</summary>
internal sealed class MemoryPixelReader(int width, int height, byte[] rgb) : PixelReader(width, height)
{
    public override void ReadRow(int y, int left, Span<byte> rgbRow) =>
        rgb.AsSpan(((y * Width) + left) * 3, rgbRow.Length).CopyTo(rgbRow);

    public override void Dispose()
    {
    }
}
