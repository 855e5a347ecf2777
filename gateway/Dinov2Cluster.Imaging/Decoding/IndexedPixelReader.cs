namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Rows of an indexed image that was decoded whole, as run-length and LZW coding oblige.</summary>
/// <param name="width">Width in pixels.</param>
/// <param name="height">Height in pixels.</param>
/// <param name="indices">One byte per pixel, row-major, top row first. The reader disposes it.</param>
/// <param name="palette">What the indices mean.</param>
internal sealed class IndexedPixelReader(int width, int height, PooledBuffer indices, IndexedPalette palette) : PixelReader
{
    public override int Width => width;

    public override int Height => height;

    public override void ReadRow(int y, int left, Span<byte> rgb) =>
        palette.ToRgb(indices.Memory.Span.Slice((y * width) + left, rgb.Length / 3), rgb);

    public override void Dispose() => indices.Dispose();
}
