using System.Globalization;
using System.Net;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>The ports that one entry of the allow-list opens: its own, all (<c>*</c>), or the general ones.</summary>
internal readonly record struct EntryPorts
{
    private const int General = 0;
    private const int Every = -1;

    private readonly int _port;

    private EntryPorts(int port) => _port = port;

    /// <summary>Cuts an optional <c>:port</c> or <c>:*</c> off the end of <paramref name="entry"/>. A colon before <paramref name="from"/> is not one.</summary>
    public static bool TryCut(string entry, int from, out string rest, out EntryPorts ports)
    {
        ports = new EntryPorts(General);
        rest = entry;
        var colon = entry.IndexOf(':', from);
        if (colon < 0)
        {
            return true;
        }

        rest = entry[..colon];
        var text = entry.AsSpan(colon + 1);
        if (text is "*")
        {
            ports = new EntryPorts(Every);
            return true;
        }

        var isPort = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= IPEndPoint.MaxPort;
        ports = new EntryPorts(port);
        return isPort;
    }

    /// <summary>Whether <paramref name="port"/> is open; <paramref name="isGeneral"/> says if it is one of the general ones.</summary>
    public bool Contain(int port, bool isGeneral) => _port switch
    {
        General => isGeneral,
        Every => true,
        _ => _port == port,
    };
}
