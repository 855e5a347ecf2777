namespace Dinov2Cluster.Gateway.Protocols.OpenApi;

/// <summary>Routes of the description, for programs and for people.</summary>
internal static class OpenApiEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>GET /openapi.json</c> and <c>GET /swagger.json</c>.</summary>
    public static IEndpointRouteBuilder MapOpenApiDocuments(this IEndpointRouteBuilder routes)
    {
        // What the protocols are like is no secret, and a browser that shows it brings no key.
        routes.MapMethods("/openapi.json", _read, OpenApiDocuments.HandleOpenApiAsync).AllowAnonymous();
        routes.MapMethods("/swagger.json", _read, OpenApiDocuments.HandleSwaggerAsync).AllowAnonymous();
        return routes;
    }

    /// <summary>The page to browse it: <c>/docs</c>. Its scripts come from the gateway itself. Before those who ask for keys: it is no endpoint.</summary>
    public static IApplicationBuilder UseOpenApiPage(this IApplicationBuilder app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "docs";
        page.DocumentTitle = "Dinov2Cluster";
        page.SwaggerEndpoint("/openapi.json", "Dinov2Cluster");
    });
}
