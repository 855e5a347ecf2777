using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Routes of the Open Inference Protocol, REST and gRPC.</summary>
internal static class OpenInferenceEndpoints
{
    /// <summary>Prefix of all REST routes.</summary>
    public const string Prefix = "/v2";

    private const string Model = Prefix + "/models/{model}";
    private const string ModelVersion = Model + "/versions/{version}";

    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the services of the routes.</summary>
    public static IServiceCollection AddOpenInference(this IServiceCollection services) =>
        services.AddSingleton<OpenInferenceModels>().AddProtocol<OpenInferenceProtocol>();

    /// <summary><c>/v2</c> and the routes below it, and <c>inference.GRPCInferenceService</c>.</summary>
    public static IEndpointRouteBuilder MapOpenInference(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Prefix, _read, OpenInferenceMetadata.WriteServerAsync);
        // Probes have no key.
        routes.MapMethods(Prefix + "/health/live", _read, OpenInferenceMetadata.WriteLiveAsync).AllowAnonymous();
        routes.MapMethods(Prefix + "/health/ready", _read, (HttpContext context, GatewayReadiness readiness) => readiness.WhyNot is { } reason
            ? OpenInferenceProtocol.WriteErrorAsync(context, StatusCodes.Status503ServiceUnavailable, reason)
            : OpenInferenceMetadata.WriteReadyAsync(context)).AllowAnonymous();
        foreach (var pattern in (string[])[Model, ModelVersion])
        {
            routes.MapMethods(pattern, _read, (HttpContext context, OpenInferenceModels models, string model, string? version) =>
                OpenInferenceMetadata.WriteModelAsync(context, models.Find(model, version)));
            routes.MapMethods(pattern + "/ready", _read, (HttpContext context, OpenInferenceModels models, string model, string? version) =>
                OpenInferenceMetadata.WriteModelReadyAsync(context, models.Find(model, version)));
            routes.MapProtocol<OpenInferenceProtocol>(pattern + "/infer");
        }

        routes.MapGrpcService<OpenInferenceService>();
        return routes;
    }
}
