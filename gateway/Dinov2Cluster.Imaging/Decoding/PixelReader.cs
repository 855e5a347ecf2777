namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>An opened image. Its header was read; its rows are decoded on request and converted as Pillow's <c>convert("RGB")</c> does.</summary>
/// <param name="width">Width in pixels.</param>
/// <param name="height">Height in pixels.</param>
internal abstract class PixelReader(int width, int height) : IDisposable
{
    /// <summary>Width in pixels.</summary>
    public int Width { get; } = width;

    /// <summary>Height in pixels.</summary>
    public int Height { get; } = height;

    /// <summary>Reads a part of one row.</summary>
    /// <param name="y">The row; greater than in the call before.</param>
    /// <param name="left">First column; the same in every call, as is the number of columns.</param>
    /// <param name="rgb">Filled with three bytes per pixel.</param>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Corrupt"/>.</exception>
    public abstract void ReadRow(int y, int left, Span<byte> rgb);

    /// <summary>Decodes the rest of the image, so that a truncated file is refused even if the crop does not need its end.</summary>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Corrupt"/>.</exception>
    public virtual void Finish()
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
