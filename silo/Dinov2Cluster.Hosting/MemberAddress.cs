using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Hosting;

/// <summary>Reads <see cref="ClusterMemberOptions.AdvertisedIp"/>.</summary>
public static class MemberAddress
{
    /// <summary>The address of an IP literal or of a host name; of several, the first IPv4 one.</summary>
    /// <exception cref="FormatException">The text is neither, or the name is unknown.</exception>
    public static IPAddress Resolve(string text) =>
        TryResolve(text, out var address) ? address : throw new FormatException($"Cluster:AdvertisedIp is not an address: {text}");

    /// <summary>Like <see cref="Resolve"/>; false when the text is not an address, or an unknown name.</summary>
    public static bool TryResolve(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (IPAddress.TryParse(text, out address))
        {
            return true;
        }

        if (Uri.CheckHostName(text) != UriHostNameType.Dns)
        {
            return false;
        }

        try
        {
            var known = Dns.GetHostAddresses(text);
            address = Array.Find(known, one => one.AddressFamily == AddressFamily.InterNetwork) ?? known.FirstOrDefault();
            return address is not null;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
