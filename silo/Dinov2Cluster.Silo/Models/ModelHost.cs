using System.Collections.Frozen;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Repository;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Models;

/// <summary>The silo's engines: every model of the repository on every device.</summary>
internal sealed class ModelHost(
    IOptions<ModelRepositoryOptions> models,
    IOptions<InferenceOptions> inference,
    IOptions<ClusterMemberOptions> member,
    InferenceEngineFactory factory,
    ILogger<ModelHost> logger) : IAsyncDisposable
{
    private readonly string _silo = member.Value.SiloName;
    private volatile FrozenDictionary<DeviceAddress, HostedModel> _hosted = FrozenDictionary<DeviceAddress, HostedModel>.Empty;
    private volatile ModelHostState _state = ModelHostState.Loading;

    /// <summary>Whether models are served.</summary>
    public ModelHostState State => _state;

    /// <summary>Whether the silo takes no more work.</summary>
    public bool IsLeaving => _state is ModelHostState.Draining or ModelHostState.Lost;

    /// <summary>The loaded models, one entry for each device.</summary>
    public IReadOnlyCollection<HostedModel> Hosted => _hosted.Values;

    /// <summary>The engine of an address of this silo, or null.</summary>
    public InferenceEngine? Find(DeviceAddress address) => _hosted.GetValueOrDefault(address)?.Engine;

    /// <summary>What the silo offers now.</summary>
    public SiloCatalog Describe() =>
        new(_silo, IsLeaving, [.. _hosted.Select(hosted => hosted.Value.Offer(hosted.Key))]);

    /// <summary>Loads and warms up every model on every device; they are served together, once the last is ready.</summary>
    /// <exception cref="ModelException">A model can't be loaded, or the repository holds none.</exception>
    public async Task LoadAsync(ModelRepository repository, CancellationToken cancellationToken)
    {
        var listing = repository.List();
        foreach (var skipped in listing.Skipped)
        {
            ModelLog.Skipped(logger, skipped.Name, skipped.Reason);
        }

        if (listing.Models.Count == 0)
        {
            throw new ModelException($"{repository.Directory}: holds no model; put a model's directory there, or set another repository with Models:Repository");
        }

        var hosted = new Dictionary<DeviceAddress, HostedModel>();
        var opener = new ModelOpener(repository, models.Value, inference.Value.ResolveDevices(), logger);
        try
        {
            foreach (var entry in listing.Models)
            {
                await foreach (var opened in opener.OpenAsync(entry, cancellationToken))
                {
                    await LoadAsync(opened, hosted, cancellationToken);
                }
            }
        }
        catch
        {
            await DisposeAllAsync(hosted.Values);
            throw;
        }

        _hosted = hosted.ToFrozenDictionary();
        _state = ModelHostState.Ready;
    }

    /// <summary>Waits until a device is lost. From then on, the silo takes no more work.</summary>
    /// <returns>The model and device, and the device's last error.</returns>
    public async Task<(string Engine, string Error)> WaitForLossAsync(CancellationToken cancellationToken)
    {
        var engines = _hosted.Values.Select(hosted => hosted.Engine).ToArray();
        var lost = await Task.WhenAny(engines.Select(engine => engine.Lost)).WaitAsync(cancellationToken);
        _state = ModelHostState.Lost;
        return (engines.First(engine => engine.Lost == lost).Name, await lost);
    }

    /// <summary>Refuses new work, and finishes the queued images.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (_state != ModelHostState.Lost)
        {
            _state = ModelHostState.Draining;
        }

        ModelLog.Draining(logger, _hosted.Values.Sum(hosted => hosted.Engine.QueueDepth));
        await Task.WhenAll(_hosted.Values.Select(hosted => hosted.Engine.DrainAsync(cancellationToken)));
        ModelLog.Drained(logger);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await DisposeAllAsync(_hosted.Values);

    private static async Task DisposeAllAsync(IEnumerable<HostedModel> models)
    {
        foreach (var model in models)
        {
            await model.Engine.DisposeAsync();
        }
    }

    private async Task LoadAsync(OpenedModel model, Dictionary<DeviceAddress, HostedModel> hosted, CancellationToken cancellationToken)
    {
        var (files, checksum, devices) = model;
        foreach (var device in devices)
        {
            var engine = await factory.CreateAsync(files.Name, files.OnnxPath, files.Manifest, device, inference.Value.Batching, cancellationToken);
            hosted.Add(new DeviceAddress(_silo, device.Id.ToString(), files.Name), new HostedModel(engine, files.Manifest, checksum));
        }
    }
}

/// <summary>The state of a silo's models.</summary>
internal enum ModelHostState
{
    /// <summary>Models are being loaded and warmed up.</summary>
    Loading,

    /// <summary>Every model is ready on every device.</summary>
    Ready,

    /// <summary>Shutting down: queued images are finished, new ones refused.</summary>
    Draining,

    /// <summary>A device is lost: the silo ends, and only its replacement can use the device.</summary>
    Lost,
}
