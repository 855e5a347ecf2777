using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Grains.Messages;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Sends each batch to the device with the least work from this gateway, and to the next one when that refuses or fails.</summary>
internal sealed class ClusterRouter(
    ClusterWatcher watcher,
    IDeviceClient devices,
    IOptions<ModelsOptions> options,
    TimeProvider time,
    ILogger<ClusterRouter> logger) : IEmbeddingRouter
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Models => watcher.View.Models;

    /// <inheritdoc/>
    public bool TryGetModel(string? name, [NotNullWhen(true)] out ServedModel? model)
    {
        var view = watcher.View;
        name ??= options.Value.Default ?? (view.Models.Length == 1 ? view.Models[0] : null);
        model = name is null ? null : view.Find(name)?.Model;
        return model is not null;
    }

    /// <inheritdoc/>
    public ImmutableArray<DeviceState> Devices(ServedModel model) => watcher.View.Find(model.Name) is { } route && route.Model == model ? route.Devices : [];

    /// <inheritdoc/>
    public async Task<RoutedBatch> EmbedAsync(ServedModel model, CropBatch crops, long deadline, CancellationToken cancellationToken)
    {
        var route = watcher.View.Find(model.Name);
        if (route is null || route.Model != model)
        {
            throw new EmbeddingException(EmbeddingErrorKind.NoDevice);
        }

        // Embedding has no side effect, so a batch may be sent again. Each device gets one try, the idlest first.
        var worst = EmbeddingErrorKind.NoDevice;
        foreach (var device in route.Devices.OrderBy(device => device.ImagesInFlight))
        {
            var remaining = time.GetElapsedTime(time.GetTimestamp(), deadline);
            if (remaining <= TimeSpan.Zero)
            {
                throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
            }

            var request = new EmbedRequest(crops.Pixels, crops.Count, remaining);
            var reply = await CallAsync(device, request, cancellationToken);
            switch (reply.Status)
            {
                case EmbedStatus.Ok when reply.Features.Length == crops.Count * model.EmbeddingSize:
                    return new(reply.Features, reply.QueueSeconds, reply.InferenceSeconds);
                case EmbedStatus.DeadlineExceeded:
                    throw new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
                case EmbedStatus.QueueFull when worst == EmbeddingErrorKind.NoDevice:
                    worst = EmbeddingErrorKind.Overloaded;
                    break;
                case EmbedStatus.Draining or EmbedStatus.NotServed or EmbedStatus.QueueFull:
                    break;
                default:
                    worst = EmbeddingErrorKind.Internal;
                    break;
            }

            RoutingLog.DeviceRefused(logger, device.Address, reply.Status);
        }

        throw new EmbeddingException(worst);
    }

    private async Task<EmbedReply> CallAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken)
    {
        device.Sent(request.Count);
        try
        {
            return await devices.EmbedAsync(device, request, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            RoutingLog.DeviceCallFailed(logger, device.Address, exception);
            // Orleans' own exceptions and time-outs say that the silo wasn't reached; anything else came from the grain.
            var unreachable = exception is OrleansException or TimeoutException;
            return EmbedReply.Failed(unreachable ? EmbedStatus.NotServed : EmbedStatus.DeviceFailed, queueDepth: 0, computing: 0);
        }
        finally
        {
            device.Answered(request.Count);
        }
    }
}
