using Dinov2Cluster.Gateway.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Limits of the web server and the host that follow from the gateway's settings.</summary>
internal static class ServerLimits
{
    // For writing the last answers, and for leaving the cluster.
    private static readonly TimeSpan _restOfShutdown = TimeSpan.FromSeconds(15);

    // A client must keep its upload above a slow modem's rate, else it holds a body's memory for the whole deadline.
    private static readonly MinDataRate _uploadRate = new(bytesPerSecond: 2048, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>Bounds what a connection can hold before any of our code sees it.</summary>
    public static void Set(KestrelServerOptions kestrel, IOptions<GatewayOptions> gateway)
    {
        kestrel.AddServerHeader = false;
        kestrel.ConfigureEndpointDefaults(listen => GatewayAddresses.SetProtocol(listen, gateway.Value));
        // The server counts the framing of chunks too, so the exact limit is the body reader's; this one is for routes that read none.
        kestrel.Limits.MaxRequestBodySize = 2L * gateway.Value.MaxBodyBytes;
        kestrel.Limits.MinRequestBodyDataRate = _uploadRate;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }

    /// <summary>Gives a shutdown the time to answer every accepted request.</summary>
    public static void Set(HostOptions host, IOptions<GatewayOptions> gateway)
    {
        var needed = gateway.Value.DrainDelay + gateway.Value.Deadline + _restOfShutdown;
        host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
    }
}
