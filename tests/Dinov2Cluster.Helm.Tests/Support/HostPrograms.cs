using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>The hosts as their programs build them, with a configuration of ours. They are not started.</summary>
internal static class HostPrograms
{
    /// <summary>A gateway, or an error for each setting that it would not start with.</summary>
    public static WebApplication Gateway(IReadOnlyDictionary<string, string> configuration)
    {
        var builder = WebApplication.CreateBuilder(Arguments(configuration));
        builder.Configuration.AddDinov2GatewayDefaults();
        builder.AddDinov2Gateway();
        builder.AddDinov2ClusterClient();
        builder.AddDinov2Telemetry("dinov2-gateway");
        return Checked(builder.Build()).MapDinov2Gateway();
    }

    /// <summary>A silo, or an error for each setting that it would not start with.</summary>
    public static WebApplication Silo(IReadOnlyDictionary<string, string> configuration)
    {
        var builder = WebApplication.CreateBuilder(Arguments(configuration));
        builder.Configuration.AddDinov2Defaults();
        builder.AddDinov2Silo();
        builder.AddDinov2SiloHttp();
        var app = Checked(builder.Build());
        app.MapDinov2Silo();
        return app;
    }

    /// <summary>Paths that a host answers to GET.</summary>
    public static IReadOnlySet<string> Routes(WebApplication host) =>
        ((IEndpointRouteBuilder)host).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/'))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>How long a host takes for its end at most.</summary>
    public static TimeSpan ShutdownTime(WebApplication host) => host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;

    private static WebApplication Checked(WebApplication host)
    {
        host.Services.GetService<IStartupValidator>()?.Validate();
        return host;
    }

    private static string[] Arguments(IReadOnlyDictionary<string, string> configuration) => [.. configuration.Select(pair => $"--{pair.Key}={pair.Value}")];
}
