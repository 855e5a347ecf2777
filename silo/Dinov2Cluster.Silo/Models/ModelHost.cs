using System.Collections.Frozen;
using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Configuration;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Models;

/// <summary>The silo's engines: every model of the repository on every device.</summary>
internal sealed class ModelHost(
    IOptions<ModelsOptions> models,
    IOptions<InferenceOptions> inference,
    IOptions<ClusterMemberOptions> member,
    InferenceEngineFactory factory,
    TimeProvider time,
    ILogger<ModelHost> logger) : IAsyncDisposable
{
    private readonly string _silo = member.Value.SiloName;
    private volatile FrozenDictionary<DeviceAddress, HostedModel> _hosted = FrozenDictionary<DeviceAddress, HostedModel>.Empty;
    private volatile ModelHostState _state = ModelHostState.Loading;

    /// <summary>Whether models are served.</summary>
    public ModelHostState State => _state;

    /// <summary>The engine of an address of this silo, or null.</summary>
    public InferenceEngine? Find(DeviceAddress address) => _hosted.GetValueOrDefault(address)?.Engine;

    /// <summary>What the silo offers now.</summary>
    public SiloCatalog Describe() =>
        new(_silo, _state == ModelHostState.Draining, [.. _hosted.Select(hosted => hosted.Value.Offer(hosted.Key))]);

    /// <summary>Loads and warms up every model on every device; they're served together, once the last one is ready.</summary>
    /// <exception cref="Model.ModelException">A model can't be loaded, or the repository holds none.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var repository = new ModelRepository(models.Value.Repository);
        var hosted = new Dictionary<DeviceAddress, HostedModel>();
        try
        {
            foreach (var name in repository.ListNames())
            {
                var files = repository.Open(name, new CompileOptions(), cancellationToken);
                if (files.Manifest is { RandomWeights: true })
                {
                    ModelLog.RandomWeights(logger, name);
                }

                foreach (var device in inference.Value.ResolveDevices())
                {
                    ModelLog.Loading(logger, name, device.Id.ToString());
                    var started = time.GetTimestamp();
                    var engine = await factory.CreateAsync(files, device, cancellationToken);
                    hosted.Add(new DeviceAddress(_silo, device.Id.ToString(), name), new HostedModel(engine, files.Manifest));
                    ModelLog.Loaded(logger, name, device.Id.ToString(), engine.EmbeddingSize, time.GetElapsedTime(started).TotalSeconds);
                }
            }
        }
        catch
        {
            foreach (var loaded in hosted.Values)
            {
                await loaded.Engine.DisposeAsync();
            }

            throw;
        }

        _hosted = hosted.ToFrozenDictionary();
        _state = ModelHostState.Ready;
    }

    /// <summary>Takes nothing new, and finishes what is queued.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _state = ModelHostState.Draining;
        ModelLog.Draining(logger, _hosted.Values.Sum(hosted => hosted.Engine.QueueDepth));
        await Task.WhenAll(_hosted.Values.Select(hosted => hosted.Engine.DrainAsync(cancellationToken)));
        ModelLog.Drained(logger);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in _hosted.Values)
        {
            await hosted.Engine.DisposeAsync();
        }
    }
}
