using System.Globalization;
using System.Text;

namespace Dinov2Cluster.Gateway.Images;

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
