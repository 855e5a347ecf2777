using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Cli.Tests.Cluster;

/// <summary>A gateway's <c>GET /cluster</c> on a real Kestrel, with answers of the test.</summary>
internal sealed class FakeClusterPage : IAsyncDisposable
{
    /// <summary>In a gateway's format: a working silo, a lost silo, and a property that this tool doesn't know.</summary>
    public const string Json = """
        {"gateway":{"version":"0.1.0","draining":false,"images_admitted":12,"images_in_flight":7},
        "silos":[{"name":"silo-0","address":"127.0.0.1:30000","state":"ready","since":"2026-01-01T00:00:00+00:00","devices":[
          {"id":"cuda:0","model":"dinov2-giant","state":"available","queue_depth":31,"computing":8,"images_in_flight":5,"best_batch":32,"predicted_images_per_second":250.5,"images_per_second":199.25},
          {"id":"cuda:1","model":"dinov2-giant","state":"quarantined","queue_depth":0,"computing":0,"images_in_flight":2,"best_batch":32,"predicted_images_per_second":250.5,"images_per_second":0}]},
        {"name":"silo-1\u001b[31m[red]","address":null,"state":"unreachable","since":"2026-01-01T01:30:00+00:00","devices":[]}],
        "models":[{"name":"dinov2-giant","embedding_size":1536,"devices":2,"predicted_images_per_second":501,"images_per_second":199.25}],
        "news":{}}
        """;

    private readonly WebApplication _app;

    private FakeClusterPage(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>Answers a request.</summary>
    public Func<HttpContext, Task> OnRequest { get; set; } = context => context.Response.WriteAsync(Json);

    public static async Task<FakeClusterPage> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var page = new FakeClusterPage(builder.Build());
        page._app.MapGet("/cluster", context => page.OnRequest(context));
        await page._app.StartAsync(TestContext.Current.CancellationToken);
        return page;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
