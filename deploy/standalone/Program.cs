using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Model;
using Dinov2Cluster.Silo.Hosting;
using Dinov2Cluster.Standalone;

try
{
    return await HostProgram.RunAsync(() =>
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Configuration.AddDinov2GatewayDefaults().AddEmbeddedModel();
        builder.AddDinov2Silo();
        builder.AddDinov2Gateway();
        builder.AddDinov2Telemetry("dinov2-standalone");
        return builder.Build().MapDinov2Gateway();
    });
}
catch (ModelException exception)
{
    // The embedded model could not be made.
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
