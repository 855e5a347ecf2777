using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Routing;

/// <summary>A router with its prober in front of simulated devices, in simulated time.</summary>
internal sealed class SimulatedCluster : IClusterMembers, IClusterCatalog, IDeviceClient, IDisposable
{
    public const int CropSize = 4;

    public static readonly ServedModel Model = new("m", SimulatedDevice.EmbeddingSize, 256, CropSize, "", PatchTokens: 0, PixelNormalization.Published);

    private readonly Dictionary<string, SimulatedDevice> _devices = new(StringComparer.Ordinal);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ClusterWatcher _watcher;
    private readonly DeviceProber _prober;

    public SimulatedCluster(RoutingOptions? routing = null)
    {
        var options = Options.Create(routing ?? new RoutingOptions());
        var time = Simulation.Time;
        _watcher = new(this, this, time, NullLogger<ClusterWatcher>.Instance);
        _prober = new(_watcher, this, time, NullLogger<DeviceProber>.Instance);
        var picker = new DevicePicker(new Random(1), time);
        Budget = new RetryBudget(options);
        var metrics = new RoutingMetrics(Meters, _watcher);
        var sender = new PartSender(_watcher, this, picker, Budget, metrics, options, time, NullLogger<PartSender>.Instance);
        Router = new ClusterRouter(_watcher, new GroupSplitter(picker, time), sender, Budget, metrics, time, Options.Create(Models));
        Simulation.Stepped += () => _prober.Begin(CancellationToken.None);
    }

    public Simulation Simulation { get; } = new();

    public DefaultModelOptions Models { get; } = new();

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public RetryBudget Budget { get; }

    public ClusterRouter Router { get; }

    public IEnumerable<SimulatedDevice> All => _devices.Values;

    public SimulatedDevice this[string key] => _devices[key];

    /// <summary>Adds a device whose batches cost that; it gets work after the next <see cref="Poll"/>.</summary>
    public SimulatedDevice Add(string key, params double[] batchSeconds) =>
        _devices[key] = new SimulatedDevice(key, new CostCurve(batchSeconds), Simulation);

    public void Remove(string key) => _devices.Remove(key);

    /// <summary>The gateway reads the catalogs.</summary>
    public void Poll()
    {
        var reading = _watcher.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.True(reading.IsCompleted);
        reading.GetAwaiter().GetResult();
    }

    public DeviceState State(string key) => _watcher.View.Find("m")!.Devices.Single(device => device.Address.ToString() == key);

    public void Run(Func<Task> main) => Simulation.Run(main);

    /// <summary>Embeds crops with the numbers <paramref name="first"/> and on, and checks that every row is of its crop.</summary>
    public async Task<GroupResult> EmbedAsync(int count, byte first = 1, double seconds = 60, CropGroup? crops = null, CancellationToken client = default)
    {
        crops ??= new CropGroup(count, CropSize);
        for (var i = 0; i < count; i++)
        {
            crops.Crop(i).Span.Fill((byte)(first + i));
        }

        var deadline = Simulation.Time.GetTimestamp() + (long)(seconds * Simulation.Time.TimestampFrequency);
        var result = await Router.EmbedAsync(new(Model, Output.Cls, Priority.Interactive, deadline), crops, client);
        crops.Release();
        Assert.Equal(
            Enumerable.Range(first, count).SelectMany(number => new float[] { (byte)number, -(byte)number }), result.Features.ToArray());
        return result;
    }

    public Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SiloMember>>(
            [.. _devices.Values.Select(device => device.Address.Silo).Distinct().Select(silo => new SiloMember(silo, Endpoint: null))]);

    public Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken) => Task.FromResult(new SiloCatalog(
        silo.Name, Draining: false, [.. _devices.Values.Where(device => device.Address.Silo == silo.Name).Select(device => device.Offer())]));

    public Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken) =>
        _devices[device.Address.ToString()].EmbedAsync(request, cancellationToken);

    public void Dispose()
    {
        _watcher.Dispose();
        _prober.Dispose();
        _services.Dispose();
    }
}
