using System.Globalization;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Protocols.Cluster;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Security;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Dinov2Cluster.Gateway.Tests.Hosting;

public sealed class ManagementUrlTests
{
    private readonly int _port = FreePort.Take(1)[0];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");

    [Theory]
    [InlineData("/metrics", 404, 200)]
    [InlineData("/cluster", 404, 200)]
    [InlineData("/health/live", 200, 200)]
    [InlineData("/health/ready", 200, 200)]
    [InlineData("/", 200, 404)]
    [InlineData("/swagger.json", 200, 404)]
    [InlineData("/score", 405, 404)]
    [InlineData("/nothing", 404, 404)]
    public async Task The_operators_routes_have_an_address_of_their_own(string route, int publicStatus, int managementStatus)
    {
        await using var host = await StartAsync(new() { ["Gateway:ManagementUrl"] = Url });

        Assert.Equal((publicStatus, managementStatus), (await GetAsync(host, route), await GetAsync(host, Url + route)));
    }

    [Theory]
    [InlineData("/metrics", 404, 200)]
    [InlineData("/cluster", 404, 200)]
    [InlineData("/health/ready", 200, 200)]
    [InlineData("/score", 401, 404)]
    [InlineData("/nothing", 401, 404)]
    public async Task There_nobody_needs_a_key(string route, int publicStatus, int managementStatus)
    {
        await using var host = await StartAsync(new(TestKey.Settings(1, "a")) { ["Gateway:ManagementUrl"] = Url });

        Assert.Equal((publicStatus, managementStatus), (await GetAsync(host, route), await GetAsync(host, Url + route)));
    }

    [Theory]
    [InlineData("/metrics", 200)]
    [InlineData("/cluster", 401)]
    public async Task Without_such_an_address_they_are_beside_the_others(string route, int status)
    {
        await using var host = await StartAsync(TestKey.Settings(1, "a"));

        Assert.Equal(status, await GetAsync(host, route));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://0.0.0.0:8081")]
    public async Task An_address_without_a_port_of_its_own_stops_the_start(string url)
    {
        var settings = new Dictionary<string, string?> { ["Gateway:ManagementUrl"] = url, ["urls"] = "http://127.0.0.1:8080" };
        var error = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(settings));

        Assert.Contains("Gateway:ManagementUrl", Assert.Single(StartupErrors.Describe(error) ?? []), StringComparison.Ordinal);
    }

    private static async Task<int> GetAsync(GatewayHost host, string url)
    {
        using var response = await host.Client.GetAsync(url, Cancellation);
        return (int)response.StatusCode;
    }

    private static Task<GatewayHost> StartAsync(Dictionary<string, string?> settings) => GatewayHost.StartAsync(
        settings,
        map: app => app.MapCluster().MapMetrics(),
        services: services => services
            .AddSingleton<IClusterMembers, NoCluster>()
            .AddSingleton<IClusterCatalog, NoCluster>()
            .AddSingleton<ClusterWatcher>()
            .AddSingleton<ClusterReportReader>()
            .AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter()));

    private sealed class NoCluster : IClusterMembers, IClusterCatalog
    {
        public Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SiloMember>>([]);

        public Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken) => throw new TimeoutException();
    }
}
