using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Protocols.Http;
using Microsoft.OpenApi;

namespace Dinov2Cluster.Gateway.Protocols.OpenApi;

/// <summary>The description of the HTTP routes: one text, a part for each protocol, in both versions of the format.</summary>
internal static class OpenApiDocuments
{
    private const string First = "common.json";

    private static readonly Lazy<Task<byte[]>> _openApi3 = new(() => WriteAsync(OpenApiSpecVersion.OpenApi3_0));
    private static readonly Lazy<Task<byte[]>> _swagger2 = new(() => WriteAsync(OpenApiSpecVersion.OpenApi2_0));

    /// <summary><c>GET /openapi.json</c>: OpenAPI 3.</summary>
    public static async Task HandleOpenApiAsync(HttpContext context) => await SendAsync(context, await _openApi3.Value);

    /// <summary><c>GET /swagger.json</c>: version 2, or OpenAPI 3 for <c>?version=3</c>, as in Azure ML's server.</summary>
    public static async Task HandleSwaggerAsync(HttpContext context)
    {
        var version = context.Request.Query["version"].ToString();
        var document = version switch
        {
            "" or "2" or "2.0" => _swagger2,
            "3" or "3.0" => _openApi3,
            _ => null,
        };
        if (document is null)
        {
            await JsonMessage.WriteAsync(
                context, StatusCodes.Status404NotFound, $"Swagger version [{version}] is not valid. Supported versions: [2, 3].");
            return;
        }

        await SendAsync(context, await document.Value);
    }

    /// <summary>The document, composed of its parts, in OpenAPI 3.</summary>
    internal static JsonObject Compose()
    {
        var document = Part(First);
        foreach (var name in typeof(OpenApiDocuments).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.EndsWith(".json", StringComparison.Ordinal) && name != First)
            {
                Add(document, Part(name));
            }
        }

        return document;
    }

    private static JsonObject Part(string name)
    {
        using var stream = typeof(OpenApiDocuments).Assembly.GetManifestResourceStream(name)!;
        return JsonNode.Parse(stream)!.AsObject();
    }

    private static void Add(JsonObject target, JsonObject part)
    {
        foreach (var (name, value) in part.ToArray())
        {
            if (target[name] is JsonObject inner)
            {
                Add(inner, value!.AsObject());
            }
            else
            {
                part.Remove(name);
                target.Add(name, value);
            }
        }
    }

    private static async Task<byte[]> WriteAsync(OpenApiSpecVersion version)
    {
        var document = OpenApiDocument.Parse(Compose().ToJsonString(), "json").Document!;
        if (version == OpenApiSpecVersion.OpenApi2_0)
        {
            // Version 2 has no bearer scheme; the same key has its own header.
            document.Components!.SecuritySchemes!.Remove("bearer");
            document.Security = [.. document.Security!.Where(way => way.Keys.All(scheme => scheme.Reference.Id != "bearer"))];
        }

        using var stream = new MemoryStream();
        await document.SerializeAsJsonAsync(stream, version);
        return stream.ToArray();
    }

    private static Task SendAsync(HttpContext context, byte[] document)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = document.Length;
        return context.Response.Body.WriteAsync(document, context.RequestAborted).AsTask();
    }
}

/// <summary>Routes of the description, for programs and for people.</summary>
internal static class OpenApiEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>GET /openapi.json</c> and <c>GET /swagger.json</c>.</summary>
    public static IEndpointRouteBuilder MapOpenApiDocuments(this IEndpointRouteBuilder routes)
    {
        // The description is public, and a browser that shows it sends no key.
        routes.MapMethods("/openapi.json", _read, OpenApiDocuments.HandleOpenApiAsync).AllowAnonymous();
        routes.MapMethods("/swagger.json", _read, OpenApiDocuments.HandleSwaggerAsync).AllowAnonymous();
        return routes;
    }

    /// <summary>The page to browse it: <c>/docs</c>. Its scripts come from the gateway itself. It is not an endpoint, so it comes before authentication.</summary>
    public static IApplicationBuilder UseOpenApiPage(this IApplicationBuilder app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "docs";
        page.DocumentTitle = "Dinov2Cluster";
        page.SwaggerEndpoint("/openapi.json", "Dinov2Cluster");
    });
}
