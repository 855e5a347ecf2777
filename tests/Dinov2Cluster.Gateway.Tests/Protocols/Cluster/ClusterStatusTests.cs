using System.Net;
using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Protocols.Cluster;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Cluster;

public sealed class ClusterStatusTests
{
    private readonly TestClock _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly FakeCluster _cluster = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_empty_cluster_has_a_gateway_and_nothing_else()
    {
        await using var host = await StartAsync();

        var status = await ReadAsync(host);

        Assert.Empty(status["silos"]!.AsArray());
        Assert.Empty(status["models"]!.AsArray());
        Assert.False((bool)status["gateway"]!["draining"]!);
        Assert.Equal(0, (int)status["gateway"]!["images_admitted"]!);
        Assert.StartsWith("0.", (string)status["gateway"]!["version"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_and_its_devices_are_described()
    {
        _cluster.Add("silo-0", Offer("silo-0", "cuda:0", "m") with { QueueDepth = 7, Computing = 2, Costs = new([0.02, 0.025]) });
        await using var host = await StartAsync();
        Watcher(host).View.Find("m")!.Devices[0].Sent(3);

        var silo = Assert.Single((await ReadAsync(host))["silos"]!.AsArray())!;

        Assert.Equal("silo-0", (string)silo["name"]!);
        Assert.Equal("127.0.0.1:30000", (string)silo["address"]!);
        Assert.Equal("ready", (string)silo["state"]!);
        Assert.Equal(_time.GetUtcNow(), (DateTimeOffset)silo["since"]!);
        var expected = """
            {"id":"cuda:0","model":"m","state":"available","queue_depth":7,"computing":2,"images_in_flight":3,"best_batch":2,"predicted_images_per_second":80,"images_per_second":0}
            """;
        Assert.Equal(expected, Assert.Single(silo["devices"]!.AsArray())!.ToJsonString());
    }

    [Fact]
    public async Task The_measured_rate_comes_from_the_silo_s_counter()
    {
        _cluster.Add("silo-0", Offer("silo-0", "cuda:0", "m"));
        await using var host = await StartAsync();

        _cluster.Add("silo-0", Offer("silo-0", "cuda:0", "m") with { Images = 100 });
        _time.Advance(TimeSpan.FromSeconds(2));
        await Watcher(host).RefreshAsync(Cancellation);

        var status = await ReadAsync(host);
        var rate = 100 / 2.0;
        Assert.Equal(rate, (double)status["silos"]![0]!["devices"]![0]!["images_per_second"]!);
        Assert.Equal(rate, (double)status["models"]![0]!["images_per_second"]!);
    }

    [Fact]
    public async Task A_model_adds_up_the_devices_that_get_its_work()
    {
        _cluster.Add("silo-0", Offer("silo-0", "cuda:0", "m"), Offer("silo-0", "cuda:0", "n"));
        _cluster.Add("silo-1", Offer("silo-1", "cuda:0", "m"));
        _cluster.Add("silo-2", Offer("silo-2", "cuda:0", "m") with { Checksum = "2" });
        await using var host = await StartAsync();

        var status = await ReadAsync(host);

        Assert.Equal(
            """[{"name":"m","embedding_size":384,"devices":2,"predicted_images_per_second":200,"images_per_second":0},{"name":"n","embedding_size":384,"devices":1,"predicted_images_per_second":100,"images_per_second":0}]""",
            status["models"]!.ToJsonString());
        Assert.Equal("unused", (string)status["silos"]![2]!["devices"]![0]!["state"]!);
    }

    [Fact]
    public async Task A_draining_silo_is_told_from_one_that_does_not_answer()
    {
        _cluster.Add("silo-0", Offer("silo-0", "cuda:0", "m"));
        _cluster.Add("silo-1", Offer("silo-1", "cuda:0", "m"));
        _cluster.Add("silo-2");
        await using var host = await StartAsync();
        var began = _time.GetUtcNow();

        _time.Advance(TimeSpan.FromSeconds(1));
        _cluster.Drain("silo-0");
        _cluster.Silence("silo-1");
        await Watcher(host).RefreshAsync(Cancellation);

        var silos = (await ReadAsync(host))["silos"]!.AsArray();
        Assert.Equal(["draining", "unreachable", "starting"], silos.Select(silo => (string)silo!["state"]!));
        Assert.Equal([1, 1, 0], silos.Select(silo => ((DateTimeOffset)silo!["since"]! - began).TotalSeconds));
        Assert.Equal("unused", (string)silos[0]!["devices"]![0]!["state"]!);
    }

    [Fact]
    public async Task Admitted_images_are_counted()
    {
        await using var host = await StartAsync();
        Assert.True(host.Services.GetRequiredService<AdmissionControl>().TryAcquire("m", [], images: 5, out var permit, out _));

        var status = await ReadAsync(host);
        permit.Dispose();

        Assert.Equal(5, (int)status["gateway"]!["images_admitted"]!);
        Assert.Equal(0, (int)status["gateway"]!["images_in_flight"]!);
    }

    [Fact]
    public async Task Only_get_is_served()
    {
        await using var host = await StartAsync();

        using var response = await host.Client.PostAsync("/cluster", content: null, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    private static ClusterWatcher Watcher(GatewayHost host) => host.Services.GetRequiredService<ClusterWatcher>();

    private static async Task<JsonNode> ReadAsync(GatewayHost host)
    {
        using var response = await host.Client.GetAsync("/cluster", Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
    }

    private static DeviceOffer Offer(string silo, string device, string model) =>
        new(new DeviceAddress(silo, device, model), EmbeddingSize: 384, ShortestEdge: 256, CropSize: 224, Checksum: "1", new([0.01]), QueueDepth: 0, Computing: 0, Images: 0, PatchTokens: 0, PixelNormalization.Published);

    private async Task<GatewayHost> StartAsync()
    {
        var host = await GatewayHost.StartAsync(
            time: _time,
            map: app => app.MapCluster(),
            services: services => services
                .AddSingleton<IClusterMembers>(_cluster)
                .AddSingleton<IClusterCatalog>(_cluster)
                .AddSingleton<ClusterWatcher>()
                .AddSingleton<ClusterReportReader>());
        await Watcher(host).RefreshAsync(Cancellation);
        return host;
    }

    /// <summary>Members and their catalogs; one without a catalog doesn't answer.</summary>
    private sealed class FakeCluster : IClusterMembers, IClusterCatalog
    {
        private readonly Dictionary<string, SiloCatalog?> _silos = new(StringComparer.Ordinal);

        public void Add(string silo, params DeviceOffer[] offers) => _silos[silo] = new(silo, Draining: false, offers);

        public void Drain(string silo) => _silos[silo] = _silos[silo]! with { Draining = true };

        public void Silence(string silo) => _silos[silo] = null;

        public Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SiloMember>>(
            [.. _silos.Keys.Select(name => new SiloMember(name, SiloAddress.New(IPAddress.Loopback, 30000, 0)))]);

        public Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken) =>
            Task.FromResult(_silos[silo.Name] ?? throw new TimeoutException());
    }
}
