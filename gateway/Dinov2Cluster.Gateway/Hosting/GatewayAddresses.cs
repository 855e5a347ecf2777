using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Where the gateway listens.</summary>
internal static class GatewayAddresses
{
    private const string UrlsKey = "urls";

    /// <summary>Adds the addresses that serve something else than <c>--urls</c>.</summary>
    public static void Add(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        if (options.GrpcUrl.Length == 0)
        {
            return;
        }

        // The configured ones count only while no address is added.
        foreach (var url in (app.Configuration[UrlsKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            app.Urls.Add(url);
        }

        app.Urls.Add(options.GrpcUrl);
    }

    /// <summary>Without TLS there is nothing to negotiate HTTP/2 with: the address for gRPC speaks nothing else.</summary>
    public static void SetProtocol(ListenOptions listen, GatewayOptions options)
    {
        if (Port(options.GrpcUrl) is { } port && listen.IPEndPoint?.Port == port)
        {
            listen.Protocols = HttpProtocols.Http2;
        }
    }

    /// <summary>The port of an address to listen on; null when it is none.</summary>
    public static int? Port(string url)
    {
        try
        {
            return url.Length == 0 ? null : BindingAddress.Parse(url).Port;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
