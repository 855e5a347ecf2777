using Dinov2Cluster.TestSupport;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;

namespace Dinov2Cluster.Containers.Tests.Support;

/// <summary>Redis, silos and gateways as containers on a network of their own, with a golden nano checkpoint as model.</summary>
internal sealed class ContainerCluster : IAsyncDisposable
{
    private const int GatewayPort = 8080;
    private const int SiloPort = 9090;

    private readonly TemporaryDirectory _directory = new();
    private readonly List<ContainerHost> _hosts = [];
    private readonly IContainer _redis;
    private readonly RestartPolicyKind _restart;

    private ContainerCluster(RestartPolicyKind restart)
    {
        _restart = restart;
        Network = new NetworkBuilder().Build();
        GoldenData.CopyCheckpoint("dinov2-nano", _directory["models"]);
        _redis = new ContainerBuilder(TestImages.Redis).WithNetwork(Network).WithNetworkAliases("redis").Build();
    }

    /// <summary>The cluster's network.</summary>
    public INetwork Network { get; }

    /// <summary>Starts the network and Redis.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="restart">Whether hosts are started again when they end: what a silo relies on that was declared dead.</param>
    public static async Task<ContainerCluster> StartAsync(CancellationToken cancellationToken, RestartPolicyKind restart = RestartPolicyKind.UnlessStopped)
    {
        var cluster = new ContainerCluster(restart);
        try
        {
            await cluster.Network.CreateAsync(cancellationToken);
            await cluster._redis.StartAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo that computes on a CPU.</summary>
    public Task<ContainerHost> StartSiloAsync(string name, CancellationToken cancellationToken, params (string Key, string Value)[] settings) => StartAsync(
        TestImages.Silo,
        name,
        SiloPort,
        [("Cluster__SiloName", name), ("Cluster__AdvertisedIp", name), ("Devices__0__Kind", "Cpu"), ("Devices__0__Threads", "1"), .. settings],
        cancellationToken);

    /// <summary>Starts a silo with a simulated device, slow enough that a few clients keep two of them busy and the machine idle.</summary>
    public Task<ContainerHost> StartSimulatedSiloAsync(string name, CancellationToken cancellationToken) => StartSiloAsync(
        name,
        cancellationToken,
        ("Devices__0__Kind", "Simulated"),
        ("Devices__0__Threads", "0"),
        ("Devices__0__Simulated__BaseLatency", "00:00:00.05"),
        ("Batching__MaxBatchSize", "1"));

    /// <summary>Starts a gateway. The operators' routes are at the address of all others, so that the test can read them.</summary>
    public Task<ContainerHost> StartGatewayAsync(CancellationToken cancellationToken, params (string Key, string Value)[] settings) => StartAsync(
        TestImages.Gateway,
        "gateway",
        GatewayPort,
        [("Auth__Mode", "Off"), ("Gateway__ManagementUrl", ""), .. settings],
        cancellationToken);

    /// <summary>Starts two silos with simulated devices and a gateway, and waits until the gateway sees both.</summary>
    public async Task<(ContainerHost[] Silos, ContainerHost Gateway)> StartTwoSilosAsync(CancellationToken cancellationToken)
    {
        var hosts = await Task.WhenAll(
            StartSimulatedSiloAsync("silo-0", cancellationToken), StartSimulatedSiloAsync("silo-1", cancellationToken), StartGatewayAsync(cancellationToken));
        await Task.WhenAll(hosts.Select(host => host.WaitUntilReadyAsync(cancellationToken)));
        return (hosts[..2], hosts[2]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.WhenAll(_hosts.Select(host => host.DisposeAsync().AsTask()));
        }
        finally
        {
            await _redis.DisposeAsync();
            await Network.DisposeAsync();
            _directory.Dispose();
        }
    }

    private async Task<ContainerHost> StartAsync(
        string image, string name, int port, (string Key, string Value)[] settings, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { ["Cluster__Provider"] = "Redis", ["Cluster__Redis"] = "redis:6379" };
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        var host = new ContainerHost(Network, image, name, port, _directory["models"], _restart, environment);
        lock (_hosts)
        {
            _hosts.Add(host);
        }

        await host.Container.StartAsync(cancellationToken);
        return host;
    }
}
