namespace Dinov2Cluster.Gateway.Protocols.OpenApi;

/// <summary>Routes of the description, for programs and for people.</summary>
internal static class OpenApiEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>GET /openapi.json</c> and <c>GET /swagger.json</c>.</summary>
    public static IEndpointRouteBuilder MapOpenApiDocuments(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/openapi.json", _read, OpenApiDocuments.HandleOpenApiAsync);
        routes.MapMethods("/swagger.json", _read, OpenApiDocuments.HandleSwaggerAsync);
        return routes;
    }

    /// <summary>The page to browse it: <c>/docs</c>. Its scripts come from the gateway itself.</summary>
    public static IApplicationBuilder UseOpenApiPage(this IApplicationBuilder app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "docs";
        page.DocumentTitle = "Dinov2Cluster";
        page.SwaggerEndpoint("/openapi.json", "Dinov2Cluster");
    });
}
