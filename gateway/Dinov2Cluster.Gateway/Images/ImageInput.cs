using System.Globalization;
using System.Text;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Images;

/// <summary>An image of a request, as a slice of the request's own bytes: no copy, no <see cref="string"/>.</summary>
/// <param name="Bytes">The bytes; a string is without its quotes.</param>
/// <param name="Kind">What they are.</param>
internal readonly record struct ImageInput(ReadOnlyMemory<byte> Bytes, ImageInputKind Kind)
{
    /// <summary>The characters of a <see cref="ImageInputKind.JsonText"/>. The caller disposes the result.</summary>
    /// <exception cref="ImageException">An escape is half a surrogate pair, so the string is not an image.</exception>
    public PooledBuffer Unescape()
    {
        // An escape is never shorter than its character.
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

/// <summary>The form in which a client sends an image.</summary>
internal enum ImageInputKind
{
    /// <summary>URL, data URI or base64, as UTF-8.</summary>
    Text,

    /// <summary>Like <see cref="Text"/>, with JSON escapes. They are resolved when the image is read, in parallel, not when the request is parsed.</summary>
    JsonText,

    /// <summary>An <c>http(s)://</c> URL, as UTF-8; nothing else.</summary>
    Url,

    /// <summary>An image file.</summary>
    Encoded,

    /// <summary>uint8 [size, size, 3], RGB: an image that is already preprocessed for the model.</summary>
    Crop,

    /// <summary>float32 [3, size, size], RGB, little-endian: the pixels of a crop, normalized like the output of the checkpoint's own preprocessor.</summary>
    PixelValues,

    /// <summary>Like <see cref="PixelValues"/>, as valid JSON numbers with nothing but brackets, commas and white space between them.</summary>
    JsonPixelValues,
}

/// <summary>
/// Resolves the escapes of a JSON string that a reader has already validated. Runs between escapes are copied whole: for base64 with a line break
/// every 76 characters, as in the official samples, this costs a tenth of reading the string again.
/// </summary>
internal static class JsonEscapes
{
    private const int UnicodeEscapeLength = 6;

    /// <summary>Writes the string's characters as UTF-8.</summary>
    /// <param name="escaped">The string without its quotes.</param>
    /// <param name="text">Receives the text; as long as <paramref name="escaped"/>, which is never shorter.</param>
    /// <param name="written">Bytes of text.</param>
    /// <returns>False when an escape is half a surrogate pair, which is not a character.</returns>
    public static bool TryResolve(ReadOnlySpan<byte> escaped, Span<byte> text, out int written)
    {
        written = 0;
        while (true)
        {
            var run = escaped.IndexOf((byte)'\\');
            if (run < 0)
            {
                escaped.CopyTo(text[written..]);
                written += escaped.Length;
                return true;
            }

            escaped[..run].CopyTo(text[written..]);
            written += run;
            escaped = escaped[run..];
            if (escaped[1] != 'u')
            {
                text[written++] = Simple(escaped[1]);
                escaped = escaped[2..];
            }
            else if (TryReadRune(escaped, out var rune, out var used))
            {
                written += rune.EncodeToUtf8(text[written..]);
                escaped = escaped[used..];
            }
            else
            {
                return false;
            }
        }
    }

    private static byte Simple(byte escape) => escape switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        // Quote, backslash and slash stand for themselves.
        _ => escape,
    };

    private static bool TryReadRune(ReadOnlySpan<byte> escaped, out Rune rune, out int used)
    {
        var first = ReadUnit(escaped);
        used = UnicodeEscapeLength;
        if (!char.IsSurrogate(first))
        {
            rune = new Rune(first);
            return true;
        }

        var rest = escaped[UnicodeEscapeLength..];
        used += UnicodeEscapeLength;
        rune = default;
        return rest.StartsWith("\\u"u8) && Rune.TryCreate(first, ReadUnit(rest), out rune);
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape[2..UnicodeEscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
