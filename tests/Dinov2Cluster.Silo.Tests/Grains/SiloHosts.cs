using System.Diagnostics.Metrics;
using System.Globalization;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Silo.Hosting;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Silo.Tests.Grains;

/// <summary>
/// Two silos, <c>a</c> and <c>b</c>, with a simulated device each, and a client that knows both: over real connections, in this process. An error in a log fails
/// the class.
/// </summary>
public sealed class SiloHosts : IAsyncLifetime
{
    /// <summary>Gives the CLS token alone.</summary>
    public const string Model = "nano";

    /// <summary>Gives as many patch tokens, of as many features, as the giant.</summary>
    public const string PatchTokensModel = "giant";

    private readonly TemporaryDirectory _models = new();
    private readonly List<IHost> _hosts = [];
    private readonly int[] _ports = FreePort.Take(4);

    /// <summary>The client.</summary>
    public IGrainFactory Client => _hosts[^1].Services.GetRequiredService<IClusterClient>();

    /// <summary>A silo's services, as of a gateway in the same process.</summary>
    public IServiceProvider ServicesOf(string silo) => _hosts[silo == "a" ? 0 : 1].Services;

    /// <summary>Where a silo listens for clients.</summary>
    public SiloAddress EndpointOf(string silo) => SiloAddress.New(System.Net.IPAddress.Loopback, _ports[silo == "a" ? 2 : 3], 0);

    /// <summary>Counts the calls that come in at a silo endpoint.</summary>
    public MetricCollector<long> CallsAt(string silo) => new(
        ServicesOf(silo).GetRequiredService<IMeterFactory>(), SiloMeter.Name, "dinov2.entry.calls");

    public async ValueTask InitializeAsync()
    {
        GoldenData.CopyCheckpoint("dinov2-nano", _models.Path, Model);
        await AddPatchTokensModelAsync();
        await StartSiloAsync("a", _ports[0], _ports[2]);
        await StartSiloAsync("b", _ports[1], _ports[3]);
        var client = Host.CreateApplicationBuilder();
        client.Logging.ClearProviders().AddFakeLogging();
        client.UseOrleansClient(orleans => orleans.UseLocalhostClustering([_ports[2], _ports[3]], "dinov2", "dinov2"));
        await StartAsync(client);
    }

    public async ValueTask DisposeAsync()
    {
        var errors = _hosts.SelectMany(host => host.Services.GetFakeLogCollector().GetSnapshot())
            .Where(record => record.Level >= LogLevel.Error).Select(record => $"{record.Category}: {record.Message}").ToArray();
        foreach (var host in Enumerable.Reverse(_hosts))
        {
            await host.StopAsync();
            host.Dispose();
        }

        _models.Dispose();
        Assert.Empty(errors);
    }

    // A simulated device reads the manifest alone.
    private async Task AddPatchTokensModelAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var directory = _models[PatchTokensModel];
        ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), directory, new CompileOptions { PatchTokens = true }, cancellation);
        var manifest = Path.Combine(directory, ModelManifest.FileName);
        var text = await File.ReadAllTextAsync(manifest, cancellation);
        await File.WriteAllTextAsync(manifest, text.Replace("\"embeddingSize\": 128", "\"embeddingSize\": 1536", StringComparison.Ordinal), cancellation);
    }

    private async Task StartSiloAsync(string name, int siloPort, int gatewayPort)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddFakeLogging();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Cluster:SiloName"] = name,
            ["Cluster:SiloPort"] = Text(siloPort),
            ["Cluster:GatewayPort"] = Text(gatewayPort),
            ["Cluster:PrimaryPort"] = Text(_ports[0]),
            ["Models:Repository"] = _models.Path,
            ["Devices:0:Kind"] = "Simulated",
        });
        builder.AddDinov2Silo();
        var host = await StartAsync(builder);
        var models = host.Services.GetRequiredService<ModelHost>();
        await Until.TrueAsync(() => models.State == ModelHostState.Ready, TestContext.Current.CancellationToken);
    }

    private async Task<IHost> StartAsync(HostApplicationBuilder builder)
    {
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
