using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Chaos.Cluster;

/// <summary>A Redis server, silos and gateways, all of them children of this program on free loopback ports.</summary>
internal sealed class LoadedCluster : IAsyncDisposable
{
    private readonly ClusterProcesses _processes;
    private readonly Timeline _timeline;
    private readonly string[] _siloArguments;
    private readonly Dictionary<string, HostProcess> _silos = new(StringComparer.Ordinal);
    private readonly List<HostProcess> _gateways = [];

    private LoadedCluster(RedisServer redis, SimulatedDevices devices, Timeline timeline)
    {
        Redis = redis;
        _timeline = timeline;
        _siloArguments = devices.Arguments;
        _processes = new ClusterProcesses(redis).WithModel("dinov2-nano");
    }

    public RedisServer Redis { get; }

    /// <summary>Names of the silos that should be there.</summary>
    public IReadOnlyList<string> SiloNames => [.. _silos.Keys.Order(StringComparer.Ordinal)];

    public IReadOnlyList<HostProcess> Silos => [.. _silos.Values];

    public IReadOnlyList<HostProcess> Gateways => _gateways;

    /// <summary>Base addresses of the gateways.</summary>
    public IReadOnlyList<Uri> GatewayAddresses => [.. _gateways.Select(gateway => gateway.Http.BaseAddress!)];

    /// <summary>Starts Redis, and then silos and gateways until all are ready.</summary>
    public static async Task<LoadedCluster> StartAsync(
        int silos, int gateways, SimulatedDevices devices, string[] gatewayArguments, Timeline timeline, CancellationToken cancellationToken)
    {
        var cluster = new LoadedCluster(await RedisServer.StartAsync(cancellationToken), devices, timeline);
        try
        {
            timeline.Say($"starting {silos} silos and {gateways} gateways");
            for (var gateway = 0; gateway < gateways; gateway++)
            {
                cluster._gateways.Add(cluster._processes.StartNamedGateway($"gateway-{gateway}", gatewayArguments));
            }

            await cluster.AddSilosAsync(silos, cancellationToken);
            await Task.WhenAll(cluster._gateways.Select(gateway => gateway.WaitUntilReadyAsync(cancellationToken)));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public HostProcess Silo(string name) => _silos[name];

    /// <summary>Adds silos and waits until they're ready.</summary>
    public async Task AddSilosAsync(int count, CancellationToken cancellationToken)
    {
        var first = _silos.Count;
        var added = Enumerable.Range(first, count).Select(number => StartSilo($"silo-{number}")).ToArray();
        await Task.WhenAll(added.Select(silo => silo.WaitUntilReadyAsync(cancellationToken)));
        _timeline.Say($"{_silos.Count} silos are ready");
    }

    /// <summary>Starts a silo, in the place of one of that name that is gone.</summary>
    public HostProcess StartSilo(string name) => _silos[name] = _processes.StartSilo(name, _siloArguments);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _processes.DisposeAsync();
        }
        finally
        {
            await Redis.DisposeAsync();
        }
    }
}
