using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// An image string of a request (URL, data URI or base64), as a slice of the request's own bytes: no copy, no <see cref="string"/>.
/// </summary>
/// <param name="Utf8">The string's bytes, without quotes.</param>
/// <param name="IsJsonEscaped">
/// Whether the bytes still hold JSON escapes. They are resolved when the image is read, which is parallel, not when the request is parsed.
/// </param>
internal readonly record struct ImageText(ReadOnlyMemory<byte> Utf8, bool IsJsonEscaped)
{
    /// <summary>The characters of an escaped string. The caller disposes the result.</summary>
    /// <exception cref="ImageException">The escapes are no text (half a surrogate pair), so the string is no image either.</exception>
    public PooledBuffer Unescape()
    {
        // An escape is never shorter than what it stands for.
        var text = PooledBuffer.Rent(Utf8.Length);
        if (JsonEscapes.TryResolve(Utf8.Span, text.Writable.Span, out var length))
        {
            text.Truncate(length);
            return text;
        }

        text.Dispose();
        throw new ImageException(ImageErrorKind.InvalidBase64);
    }
}
