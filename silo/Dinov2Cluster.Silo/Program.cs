using Dinov2Cluster.Grains.Configuration;
using Dinov2Cluster.Silo.Hosting;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddDinov2SiloDefaults();
    builder.AddDinov2Silo();
    builder.AddDinov2SiloHttp();

    var app = builder.Build();
    app.MapDinov2Silo();
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
