using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Images;

/// <summary>An image of a request, as a slice of the request's own bytes: no copy, no <see cref="string"/>.</summary>
/// <param name="Bytes">The bytes; a string is without its quotes.</param>
/// <param name="Kind">What they are.</param>
internal readonly record struct ImageInput(ReadOnlyMemory<byte> Bytes, ImageInputKind Kind)
{
    /// <summary>The characters of a <see cref="ImageInputKind.JsonText"/>. The caller disposes the result.</summary>
    /// <exception cref="ImageException">The escapes are no text (half a surrogate pair), so the string is no image either.</exception>
    public PooledBuffer Unescape()
    {
        // An escape is never shorter than what it stands for.
        var text = PooledBuffer.Rent(Bytes.Length);
        if (JsonEscapes.TryResolve(Bytes.Span, text.Writable.Span, out var length))
        {
            text.Truncate(length);
            return text;
        }

        text.Dispose();
        throw new ImageException(ImageErrorKind.InvalidBase64);
    }
}
