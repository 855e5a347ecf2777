using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Hosting;

if (HealthCheck.IsAsked(args))
{
    var configuration = WebApplication.CreateBuilder(args).Configuration;
    configuration.AddDinov2GatewayDefaults();
    return await HealthCheck.RunAsync(GatewayAddresses.Health(configuration));
}

return await HostProgram.RunAsync(() =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddDinov2GatewayDefaults();
    builder.AddDinov2Gateway();
    builder.AddDinov2ClusterClient();
    builder.AddDinov2Telemetry("dinov2-gateway");
    return builder.Build().MapDinov2Gateway();
});
