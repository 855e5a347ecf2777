using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Grains.Configuration;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddDinov2GatewayDefaults();
    builder.AddDinov2Gateway();
    builder.AddDinov2ClusterClient();
    builder.AddDinov2Telemetry("dinov2-gateway");

    await builder.Build().MapDinov2Gateway().RunAsync();
    return 0;
}
catch (Exception exception) when (StartupErrors.Describe(exception) is { } errors)
{
    foreach (var error in errors)
    {
        await Console.Error.WriteLineAsync(error);
    }

    return 1;
}
