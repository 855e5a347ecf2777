using System.Net;
using Dinov2Cluster.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>Where the gateway listens.</summary>
internal static class GatewayAddresses
{
    private const string UrlsKey = "urls";

    /// <summary>The configured addresses and those for gRPC and operators; empty when the web server's own configuration is complete.</summary>
    public static string[] Additional(IConfiguration configuration, GatewayOptions options)
    {
        string[] own = [.. new[] { options.GrpcUrl, options.ManagementUrl }.Where(url => url.Length > 0)];
        // The web server ignores the configured addresses when any is added.
        return own.Length == 0 ? [] : [.. Configured(configuration), .. own];
    }

    /// <summary>Every address that serves more than the operators' routes.</summary>
    public static IEnumerable<string> Public(IConfiguration configuration, GatewayOptions options) =>
        Urls(configuration).Concat(Endpoints(configuration)).Select(address => address.Url).Append(options.GrpcUrl).Where(url => url.Length > 0);

    /// <summary>Every address that the web server listens on, with its setting.</summary>
    public static IEnumerable<(string Setting, string Url)> All(IConfiguration configuration, GatewayOptions options)
    {
        // They replace all others.
        var endpoints = Endpoints(configuration).ToArray();
        return endpoints.Length > 0
            ? endpoints
            : Urls(configuration).Append(("Gateway:GrpcUrl", options.GrpcUrl)).Append(("Gateway:ManagementUrl", options.ManagementUrl))
                .Where(address => address.Item2.Length > 0);
    }

    /// <summary>The address for a health check of this gateway: the operators' one, else the first.</summary>
    public static string Health(IConfiguration configuration)
    {
        var options = configuration.GetSection(GatewayOptions.Section).Get<GatewayOptions>() ?? new GatewayOptions();
        return options.ManagementUrl.Length > 0 ? options.ManagementUrl : Public(configuration, options).FirstOrDefault() ?? "";
    }

    /// <summary>Whether only this machine can reach an address.</summary>
    public static bool IsLoopback(string url) => ListenAddresses.Parse(url) is { } address
        && (address.IsUnixPipe || string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip)));

    /// <summary>Serves only HTTP/2 at the address for gRPC: without TLS it can't be negotiated.</summary>
    public static void SetProtocol(ListenOptions listen, GatewayOptions options)
    {
        if (Port(options.GrpcUrl) is { } port && listen.IPEndPoint?.Port == port)
        {
            listen.Protocols = HttpProtocols.Http2;
        }
    }

    /// <summary>The port of an address to listen on; null when it can't be read.</summary>
    public static int? Port(string url) => ListenAddresses.Parse(url)?.Port;

    private static string[] Configured(IConfiguration configuration) => Split(configuration[UrlsKey]);

    // Without a configured address, the web server listens on every address at these ports; ASP.NET's container images set them.
    private static IEnumerable<(string Setting, string Url)> Urls(IConfiguration configuration) => Configured(configuration) is { Length: > 0 } urls
        ? urls.Select(url => (UrlsKey, url))
        : from scheme in (string[])["http", "https"]
          from port in Split(configuration[scheme + "_ports"])
          select (scheme + "_ports", $"{scheme}://*:{port}");

    // The web server's own way to configure them: https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/endpoints
    private static IEnumerable<(string Setting, string Url)> Endpoints(IConfiguration configuration) =>
        from endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren()
        where !string.IsNullOrEmpty(endpoint["Url"])
        select ($"{endpoint.Path}:Url", endpoint["Url"]!);

    private static string[] Split(string? list) => (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
