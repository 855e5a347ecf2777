using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Grains.Configuration;

return await HostProgram.RunAsync(() =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddDinov2GatewayDefaults();
    builder.AddDinov2Gateway();
    builder.AddDinov2ClusterClient();
    builder.AddDinov2Telemetry("dinov2-gateway");
    return builder.Build().MapDinov2Gateway();
});
