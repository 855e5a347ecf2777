using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// One spelling for every host. A name is ASCII (an internationalised one comes as punycode), and what a lenient parser might take
/// for an IPv4 address (<c>127.1</c>, <c>0x7f000001</c>, <c>0177.0.0.1</c>) is either plain dotted decimal or refused.
/// </summary>
internal static class HostName
{
    // RFC 1035, section 2.3.4: 255 octets on the wire are 253 characters.
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static readonly SearchValues<char> s_labelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    /// <summary>Canonical form: lower case, without the trailing dot. <paramref name="address"/> is set if the host is an IPv4 address.</summary>
    public static bool TryCanonicalize(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? host, out IPAddress? address)
    {
        host = null;
        address = null;
        var name = text.EndsWith('.') ? text[..^1] : text;
        if (name.IsEmpty || name.Length > MaxName)
        {
            return false;
        }

        ReadOnlySpan<char> last = default;
        foreach (var range in name.Split('.'))
        {
            last = name[range];
            if (last.IsEmpty || last.Length > MaxLabel || last.ContainsAnyExcept(s_labelCharacters))
            {
                return false;
            }
        }

        // The URL standard's rule (https://url.spec.whatwg.org/#ends-in-a-number-checker): such a host is an IPv4 address or nothing.
        if (IsNumber(last))
        {
            if (!IsDottedDecimal(name))
            {
                return false;
            }

            address = IPAddress.Parse(name);
        }

        host = name.ToString().ToLowerInvariant();
        return true;
    }

    /// <summary>Whether <paramref name="text"/> is four decimal numbers up to 255 without leading zeros.</summary>
    public static bool IsDottedDecimal(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4
                || part.IsEmpty
                || part.Length > 3
                || part.ContainsAnyExceptInRange('0', '9')
                || (part.Length > 1 && part[0] == '0')
                || int.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture) > byte.MaxValue)
            {
                return false;
            }
        }

        return parts == 4;
    }

    private static bool IsNumber(ReadOnlySpan<char> label) =>
        !label.ContainsAnyExceptInRange('0', '9')
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && !label[2..].ContainsAnyExcept(s_hexDigits));
}
