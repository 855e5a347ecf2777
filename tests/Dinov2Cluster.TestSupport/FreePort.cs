using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.TestSupport;

/// <summary>Loopback ports that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>Distinct free ports. They're released at once, so use them soon.</summary>
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
