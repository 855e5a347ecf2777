using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;
using Dinov2Cluster.Protocol.OpenInference;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary><c>grpc.health.v1</c>: the gateway as a whole (an empty name) and its services are as ready as <c>/health/ready</c> reports.</summary>
internal static class GrpcHealthExtensions
{
    // The resolution of Watch; a load balancer's own period is rarely shorter.
    private static readonly TimeSpan _watchPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Adds the health service.</summary>
    public static IServiceCollection AddGatewayGrpcHealth(this IServiceCollection services)
    {
        services.AddGrpcHealthChecks(health =>
            {
                health.Services.Map(EmbeddingsBinding.Descriptor.FullName, _ => true);
                health.Services.Map(GRPCInferenceService.Descriptor.FullName, _ => true);
            })
            .AddCheck<GatewayReadiness>("ready");
        services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (TimeSpan.Zero, _watchPeriod));
        // It would log an error for every probe while the gateway is not ready.
        services.AddLogging(logging => logging.AddFilter(
            "Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None));
        return services;
    }
}
