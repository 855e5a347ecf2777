using Dinov2Cluster.Hosting;
using Dinov2Cluster.Silo.Hosting;

if (HealthCheck.IsAsked(args))
{
    return await HealthCheck.RunAsync(SiloHttpExtensions.HttpUrl(WebApplication.CreateBuilder(args).Configuration));
}

return await HostProgram.RunAsync(() =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddDinov2Defaults();
    builder.AddDinov2Silo();
    builder.AddDinov2SiloHttp();

    var app = builder.Build();
    app.MapDinov2Silo();
    return app;
});
