using System.Text;
using Dinov2Cluster.Imaging.Decoding;

namespace Dinov2Cluster.Imaging.Sources;

/// <summary>An image as a client may write it: an <c>http(s)://</c> URL, a data URI or base64.</summary>
/// <remarks>All members take the string's own characters as UTF-8, without JSON escapes.</remarks>
public static class ImageString
{
    // Browsers and proxies carry no longer URLs.
    private const int MaxUrlBytes = 8192;

    /// <summary>Whether the bytes are an image file rather than a string. No URL and no base64 of an image starts like a file.</summary>
    public static bool IsFile(ReadOnlySpan<byte> bytes) => FormatSniffer.Sniff(bytes) != ImageFormat.Unknown;

    /// <summary>Whether the string is the URL of an image rather than the image.</summary>
    public static bool IsUrl(ReadOnlySpan<byte> utf8) => StartsWith(utf8, "http://"u8) || StartsWith(utf8, "https://"u8);

    /// <summary>Reads a string for which <see cref="IsUrl"/> is true.</summary>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.InvalidUrl"/>.</exception>
    public static Uri ParseUrl(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length <= MaxUrlBytes
            && IsUrl(utf8)
            && System.Text.Unicode.Utf8.IsValid(utf8)
            && Uri.TryCreate(Encoding.UTF8.GetString(utf8), UriKind.Absolute, out var url))
        {
            return url;
        }

        throw new ImageException(ImageErrorKind.InvalidUrl);
    }

    /// <summary>Decodes a data URI or base64 directly from its UTF-8 bytes. The caller disposes the result.</summary>
    /// <param name="utf8">The image string; not a URL.</param>
    /// <param name="maxEncodedBytes">Most bytes the image file may have; no larger result is allocated.</param>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Empty"/>, <see cref="ImageErrorKind.InvalidBase64"/>,
    /// <see cref="ImageErrorKind.InvalidDataUri"/> or <see cref="ImageErrorKind.EncodedTooLarge"/>.</exception>
    public static PooledBuffer Decode(ReadOnlySpan<byte> utf8, int maxEncodedBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxEncodedBytes);
        using var decoded = StartsWith(utf8, DataUri.Scheme)
            ? DataUri.Decode(utf8, maxEncodedBytes)
            : TolerantBase64.Decode(utf8, maxEncodedBytes);
        return decoded.Length > 0 ? decoded.Detach() : throw new ImageException(ImageErrorKind.Empty);
    }

    private static bool StartsWith(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> prefix) =>
        utf8.Length >= prefix.Length && Ascii.EqualsIgnoreCase(utf8[..prefix.Length], prefix);
}
