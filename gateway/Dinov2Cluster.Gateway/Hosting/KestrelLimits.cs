using Dinov2Cluster.Gateway.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Bounds what a connection can hold before any of our code sees it.</summary>
internal sealed class KestrelLimits(IOptions<GatewayOptions> options, IStartupValidator validator) : IConfigureOptions<KestrelServerOptions>
{
    // A client must keep its upload above a slow modem's rate, else it holds a body's memory for the whole deadline.
    private static readonly MinDataRate _uploadRate = new(bytesPerSecond: 2048, gracePeriod: TimeSpan.FromSeconds(5));

    public void Configure(KestrelServerOptions kestrel)
    {
        // The server reads its options while the host is built, before anything else is: without this the first bad setting would hide the others.
        validator.Validate();
        kestrel.AddServerHeader = false;
        kestrel.ConfigureEndpointDefaults(listen => GatewayAddresses.SetProtocol(listen, options.Value));
        // The server counts the framing of chunks too, so the exact limit is the body reader's; this one is for routes that read none.
        kestrel.Limits.MaxRequestBodySize = 2L * options.Value.MaxBodyBytes;
        kestrel.Limits.MinRequestBodyDataRate = _uploadRate;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }
}
