using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.TestSupport;

/// <summary>Loopback ports that nobody listens on.</summary>
/// <remarks>
/// Below the range that Linux takes the near ends of connections from (32768 and up): a host that is killed must get its ports again, and
/// a client that keeps calling a dead port of that range ends up connected to itself.
/// </remarks>
public static class FreePort
{
    private const int First = 12_000;
    private const int Last = 32_767;

    private static readonly Lock _gate = new();
    private static readonly Random _random = new(Environment.ProcessId);

    /// <summary>Distinct free ports. They're released at once, so use them soon.</summary>
    public static int[] Take(int count)
    {
        var listeners = new List<TcpListener>();
        try
        {
            while (listeners.Count < count)
            {
                if (TryListen() is { } listener)
                {
                    listeners.Add(listener);
                }
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    private static TcpListener? TryListen()
    {
        int port;
        lock (_gate)
        {
            port = _random.Next(First, Last + 1);
        }

        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
