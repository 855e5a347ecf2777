using System.Buffers.Text;
using System.Text;

namespace Dinov2Cluster.Imaging.Sources;

/// <summary>Data URIs (RFC 2397): <c>data:[media type][;parameter...][;base64],content</c>. The media type is not trusted, so it is not read.</summary>
internal static class DataUri
{
    /// <summary>The beginning of such a URI, in any case.</summary>
    public static ReadOnlySpan<byte> Scheme => "data:"u8;

    public static PooledBuffer Decode(ReadOnlySpan<byte> uri, int maxBytes)
    {
        var rest = uri[Scheme.Length..];
        var comma = rest.IndexOf((byte)',');
        if (comma < 0)
        {
            throw new ImageException(ImageErrorKind.InvalidDataUri);
        }

        var content = rest[(comma + 1)..];
        if (!IsBase64(rest[..comma]))
        {
            return Unescape(content, maxBytes);
        }

        if (!content.Contains((byte)'%'))
        {
            return TolerantBase64.Decode(content, maxBytes);
        }

        // "+", "/" and "=" may be escaped too.
        using var text = Unescape(content, content.Length);
        return TolerantBase64.Decode(text.Memory.Span, maxBytes);
    }

    private static bool IsBase64(ReadOnlySpan<byte> header)
    {
        var suffix = ";base64"u8;
        return header.Length >= suffix.Length && Ascii.EqualsIgnoreCase(header[^suffix.Length..], suffix);
    }

    private static PooledBuffer Unescape(ReadOnlySpan<byte> content, int maxBytes)
    {
        var length = content.Length - (2 * content.Count((byte)'%'));
        if (length < 0)
        {
            throw new ImageException(ImageErrorKind.InvalidDataUri);
        }

        if (length > maxBytes)
        {
            throw new ImageException(ImageErrorKind.EncodedTooLarge);
        }

        using var buffer = PooledBuffer.Rent(length);
        var bytes = buffer.Writable.Span;
        for (var plain = content.IndexOf((byte)'%'); plain >= 0; plain = content.IndexOf((byte)'%'))
        {
            // The length counts two digits per escape, so a URI that ends within one can also run out of room before its end.
            if (plain >= bytes.Length
                || content.Length < plain + 3
                || !Utf8Parser.TryParse(content.Slice(plain + 1, 2), out byte value, out var digits, 'X')
                || digits != 2)
            {
                throw new ImageException(ImageErrorKind.InvalidDataUri);
            }

            content[..plain].CopyTo(bytes);
            bytes[plain] = value;
            bytes = bytes[(plain + 1)..];
            content = content[(plain + 3)..];
        }

        content.CopyTo(bytes);
        return buffer.Detach();
    }
}
