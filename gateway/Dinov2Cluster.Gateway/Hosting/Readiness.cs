using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>
/// Whether requests should be sent here: a device serves the default model, or some model when none is named as default, and no shutdown has
/// begun.
/// </summary>
internal sealed class Readiness(IEmbeddingRouter router, GatewayDrain drain, IOptions<ModelsOptions> models)
{
    /// <summary>What is missing, in words for clients; null when nothing is.</summary>
    public string? WhyNot() => drain.HasBegun ? "The gateway is shutting down." : IsServed() ? null : "No device serves the model now.";

    private bool IsServed() => models.Value.Default is { } name ? router.TryGetModel(name, out _) : router.Models.Count > 0;
}
