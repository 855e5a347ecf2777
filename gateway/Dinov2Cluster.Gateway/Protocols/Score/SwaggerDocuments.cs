using Dinov2Cluster.Gateway.Hosting;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary><c>GET /swagger.json</c>: version 2 unless <c>?version=3</c> asks for OpenAPI 3, as Azure ML's server has it.</summary>
internal static class SwaggerDocuments
{
    public static Task HandleAsync(HttpContext context)
    {
        var version = context.Request.Query["version"].ToString();
        var document = version switch
        {
            "" or "2" or "2.0" => Swagger2Document.Utf8,
            "3" or "3.0" => OpenApi3Document.Utf8,
            _ => ReadOnlyMemory<byte>.Empty,
        };
        if (document.IsEmpty)
        {
            return JsonMessage.WriteAsync(
                context, StatusCodes.Status404NotFound, $"Swagger version [{version}] is not valid. Supported versions: [2, 3].");
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = document.Length;
        return context.Response.Body.WriteAsync(document, context.RequestAborted).AsTask();
    }
}
