using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Grains.Configuration;
using Dinov2Cluster.Silo.Hosting;
using Dinov2Cluster.Standalone;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddDinov2SiloDefaults().AddDinov2GatewayDefaults().AddEmbeddedModel();
    builder.AddDinov2Silo();
    builder.AddDinov2Gateway();
    builder.AddDinov2Telemetry("dinov2-standalone");

    var app = builder.Build();
    app.MapDinov2Gateway();
    await app.RunAsync();
    return Environment.ExitCode;
}
catch (Exception exception) when (StartupErrors.Describe(exception) is { } errors)
{
    foreach (var error in errors)
    {
        await Console.Error.WriteLineAsync(error);
    }

    return 1;
}
