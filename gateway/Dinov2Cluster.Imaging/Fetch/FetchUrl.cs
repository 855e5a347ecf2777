using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// A URL with only one meaning. Attackers pass filters with URLs that two parsers read differently, so the authority is read by strict
/// rules here, and the <see cref="Uri"/> is built again from the parts that were read: what was checked is what is sent.
/// </summary>
internal sealed class FetchUrl
{
    /// <summary>Longest URL in characters: the limit of most servers and CDNs.</summary>
    public const int MaxLength = 8192;

    private const int MaxLogged = 256;
    private static readonly SearchValues<char> _ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private FetchUrl(Uri uri) => Uri = uri;

    /// <summary>The URL to request, without a fragment.</summary>
    public Uri Uri { get; }

    /// <summary>Reads <paramref name="text"/>.</summary>
    /// <exception cref="FetchRefusedException">It is not a plain http or https URL.</exception>
    public static FetchUrl Parse(string text)
    {
        CheckCharacters(text);
        var scheme = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttps
            : text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttp
            : throw new FetchRefusedException("the scheme is not http or https");
        var rest = text.AsSpan(scheme.Length + Uri.SchemeDelimiter.Length);
        var fragment = rest.IndexOf('#');
        rest = fragment < 0 ? rest : rest[..fragment];
        var end = rest.IndexOfAny('/', '?');
        var target = end < 0 ? default : rest[end..];
        var host = ReadAuthority(rest[..^target.Length], scheme, out var port);
        var slash = target.StartsWith('/') ? "" : "/";
        return Uri.TryCreate(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}{slash}{target}"), UriKind.Absolute, out var uri)
            && uri.Host == host
            && uri.Port == port
            && uri.UserInfo.Length == 0
            ? new FetchUrl(uri)
            : throw new FetchRefusedException("the URL is malformed");
    }

    /// <summary>Reads a port from 1 to 65535 in plain decimal digits.</summary>
    public static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= IPEndPoint.MaxPort;

    /// <summary>The target of a redirect from here with this <c>Location</c>, checked like any other URL.</summary>
    /// <exception cref="FetchRefusedException">It is not a plain http or https URL, or leaves https.</exception>
    public FetchUrl Follow(string location)
    {
        CheckCharacters(location);
        if (!Uri.TryCreate(Uri, location, out var target))
        {
            throw new FetchRefusedException("the redirect's location is malformed");
        }

        var next = Parse(target.AbsoluteUri);
        return Uri.Scheme == Uri.UriSchemeHttps && next.Uri.Scheme != Uri.UriSchemeHttps
            ? throw new FetchRefusedException("the redirect leaves https")
            : next;
    }

    /// <summary>Scheme, host, port and path, cut to fit a log line. The query is left out: signed URLs keep their secrets there.</summary>
    public override string ToString()
    {
        var text = Uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return text.Length <= MaxLogged ? text : text[..MaxLogged];
    }

    private static void CheckCharacters(string text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            throw new FetchRefusedException("the URL is empty or too long");
        }

        // Some parsers drop tabs and line breaks, and some read a backslash as a slash.
        if (text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character) || character == '\\'))
        {
            throw new FetchRefusedException("the URL contains white space, a control character or a backslash");
        }
    }

    private static string ReadAuthority(ReadOnlySpan<char> authority, string scheme, out int port)
    {
        if (authority.Contains('@'))
        {
            throw new FetchRefusedException("the URL contains user information");
        }

        var hostEnd = authority.StartsWith('[') ? authority.IndexOf(']') + 1 : authority.IndexOf(':');
        var host = hostEnd < 0 ? authority : authority[..hostEnd];
        var colonPort = authority[host.Length..];
        port = scheme == Uri.UriSchemeHttps ? 443 : 80;
        if (!colonPort.IsEmpty && !(colonPort[0] == ':' && TryParsePort(colonPort[1..], out port)))
        {
            throw new FetchRefusedException("the port is not a number between 1 and 65535");
        }

        if (host.StartsWith('['))
        {
            var inner = host[1..^1];
            return !inner.ContainsAnyExcept(_ipv6Characters)
                && IPAddress.TryParse(inner, out var address)
                && address.AddressFamily == AddressFamily.InterNetworkV6
                ? $"[{address}]"
                : throw new FetchRefusedException("the host is not an IPv6 address");
        }

        return HostName.TryCanonicalize(host, out var name, out _)
            ? name
            : throw new FetchRefusedException("the host is not a plain name or address");
    }
}
