using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.Silo.Placement;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Configuration;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="IInferenceGrain"/>
/// <remarks>Has no state: the engine lives as long as the silo, so that a call never waits for a model to load.</remarks>
[SiloPinnedPlacement, Reentrant, KeepAlive]
internal sealed class InferenceGrain(DeviceCalls devices) : Grain, IInferenceGrain
{
    /// <inheritdoc/>
    public Task<EmbedReply> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken) =>
        devices.EmbedAsync(DeviceAddress.TryParse(this.GetPrimaryKeyString(), out var device) ? device : null, request, cancellationToken);
}

/// <inheritdoc cref="ISiloCatalogGrain"/>
[SiloPinnedPlacement, Reentrant, KeepAlive]
internal sealed class SiloCatalogGrain(ModelHost host) : Grain, ISiloCatalogGrain
{
    /// <inheritdoc/>
    public Task<SiloCatalog> GetAsync(CancellationToken cancellationToken) => Task.FromResult(host.Describe());
}

/// <summary>Calls the engines of this silo's devices, for <see cref="SiloEndpoint"/> and <see cref="InferenceGrain"/>.</summary>
internal sealed class DeviceCalls(ModelHost host, TimeProvider time, IOptions<SiloMessagingOptions> messaging)
{
    // More than a reply holds besides its features.
    private const int ReplyOverhead = 4096;

    /// <summary>Computes the features of the crops, and releases the crops, whatever the outcome.</summary>
    public async Task<EmbedReply> EmbedAsync(DeviceAddress? device, EmbedRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await ComputeAsync(device, request, cancellationToken);
        }
        finally
        {
            // The engine no longer reads the crops once its task has completed.
            request.Crops.Release();
        }
    }

    private Task<EmbedReply> ComputeAsync(DeviceAddress? device, EmbedRequest request, CancellationToken cancellationToken)
    {
        if (device is null || host.Find(device) is not { } engine)
        {
            var status = host.IsLeaving ? EmbedStatus.Draining : EmbedStatus.NotServed;
            return Task.FromResult(EmbedReply.Failed(status, queueDepth: 0, computing: 0));
        }

        if (request.Count < 1 || request.Crops.Length != (long)request.Count * engine.CropBytes || !Fits(request.Count, engine.FeaturesOf(request.Output)))
        {
            return Task.FromResult(EmbedReply.Failed(EmbedStatus.InvalidRequest, engine.QueueDepth, engine.Computing));
        }

        return engine.EmbedAsync(
            request.Crops.Pixels, request.Count, request.Priority, request.Output, Deadline.After(time, request.Timeout), cancellationToken);
    }

    // Orleans closes the connection, with every other call on it, when a message is too large. No features: the model doesn't give the output.
    private bool Fits(int count, int features) =>
        features > 0 && (long)count * features * sizeof(float) <= messaging.Value.MaxMessageBodySize - ReplyOverhead;
}
