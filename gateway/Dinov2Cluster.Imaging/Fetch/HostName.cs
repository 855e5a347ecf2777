using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// The canonical spelling of hosts. A name is ASCII (an internationalized one comes as punycode), and text that a lenient parser might
/// take for an IPv4 address (<c>127.1</c>, <c>0x7f000001</c>, <c>0177.0.0.1</c>) is either plain dotted decimal or refused.
/// </summary>
internal static class HostName
{
    // RFC 1035, section 2.3.4: 255 octets on the wire are 253 characters.
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static readonly SearchValues<char> _labelCharacters =
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
            if (last.IsEmpty || last.Length > MaxLabel || last.ContainsAnyExcept(_labelCharacters))
            {
                return false;
            }
        }

        // The URL standard's rule (https://url.spec.whatwg.org/#ends-in-a-number-checker): such a host is an IPv4 address or invalid.
        if (IsNumber(last) && !TryParseIPv4(name, out address))
        {
            return false;
        }

        host = name.ToString().ToLowerInvariant();
        return true;
    }

    /// <summary>Reads four decimal numbers up to 255 without leading zeros: the form in which .NET writes an address, and no other that it reads.</summary>
    public static bool TryParseIPv4(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetwork && text.SequenceEqual(address.ToString());

    private static bool IsNumber(ReadOnlySpan<char> label) =>
        !label.ContainsAnyExceptInRange('0', '9')
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && !label[2..].ContainsAnyExcept(_hexDigits));
}
