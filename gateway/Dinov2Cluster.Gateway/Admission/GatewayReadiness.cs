using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>Ready: a device serves the default model, or some model when none is named as default, and no shutdown has begun.</summary>
internal sealed class GatewayReadiness(IEmbeddingRouter router, GatewayDrain drain, IOptions<DefaultModelOptions> models) : IHealthCheck
{
    /// <summary>Why the gateway is not ready; null when it is.</summary>
    public string? WhyNot => drain.HasBegun ? "The gateway is shutting down." : IsServed(models.Value.Default) ? null : "No device serves the model now.";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(WhyNot is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy());

    private bool IsServed(string? model) => model is null ? router.Models.Count > 0 : router.TryGetModel(model, out _);
}
