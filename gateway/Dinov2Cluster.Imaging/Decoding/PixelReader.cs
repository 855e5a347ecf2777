namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>An opened image whose header was read and whose rows are decoded as they are asked for, each converted as Pillow's <c>convert("RGB")</c> does.</summary>
internal abstract class PixelReader : IDisposable
{
    /// <summary>Width in pixels.</summary>
    public abstract int Width { get; }

    /// <summary>Height in pixels.</summary>
    public abstract int Height { get; }

    /// <summary>Reads a part of one row.</summary>
    /// <param name="y">The row; greater than in the call before.</param>
    /// <param name="left">First column; the same in every call, as is the number of columns.</param>
    /// <param name="rgb">Filled with three bytes per pixel.</param>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Corrupt"/>.</exception>
    public abstract void ReadRow(int y, int left, Span<byte> rgb);

    /// <summary>Decodes what is left of the image, so that a truncated file is refused even where the crop does not need its end.</summary>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Corrupt"/>.</exception>
    public virtual void Finish()
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
