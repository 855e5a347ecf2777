using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.AzureInference;

/// <summary>Routes of Azure AI's model inference.</summary>
internal static class AzureInferenceEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>POST /images/embeddings</c> and <c>GET /info</c>, alone and under <c>/models</c>.</summary>
    public static IEndpointRouteBuilder MapAzureInference(this IEndpointRouteBuilder routes)
    {
        var protocol = routes.ServiceProvider.GetRequiredService<AzureInferenceProtocol>();
        foreach (var root in (string[])["", AzureInferenceProtocol.ModelsRoot])
        {
            routes.MapProtocol<AzureInferenceProtocol>($"{root}{AzureInferenceProtocol.ImagesRoot}/embeddings");
            routes.MapMethods($"{root}{AzureInferenceProtocol.Info}", _read, protocol.WriteInfoAsync);
        }

        return routes;
    }
}
