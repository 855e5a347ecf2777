using Dinov2Cluster.Gateway.Configuration;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>Adds protocols to the gateway.</summary>
internal static class HttpProtocolExtensions
{
    /// <summary>Adds a protocol, and its form of errors.</summary>
    public static IServiceCollection AddProtocol<TProtocol>(this IServiceCollection services)
        where TProtocol : class, IHttpProtocol =>
        services.AddSingleton<TProtocol>().AddSingleton<IErrorForm>(provider => provider.GetRequiredService<TProtocol>());

    /// <summary>Answers <c>POST</c> requests of a protocol. Routing answers other methods with 405.</summary>
    public static IEndpointConventionBuilder MapProtocol<TProtocol>(this IEndpointRouteBuilder routes, string pattern)
        where TProtocol : class, IHttpProtocol
    {
        var runner = routes.ServiceProvider.GetRequiredService<HttpProtocolRunner>();
        var protocol = routes.ServiceProvider.GetRequiredService<TProtocol>();
        return routes.MapPost(pattern, context => runner.RunAsync(context, protocol));
    }
}

/// <summary>Marks a route for operators, which answers at <see cref="GatewayOptions.ManagementUrl"/> if that is set.</summary>
/// <param name="IsPublicToo">Whether it answers at the other addresses too.</param>
internal sealed record ManagementRoute(bool IsPublicToo);
