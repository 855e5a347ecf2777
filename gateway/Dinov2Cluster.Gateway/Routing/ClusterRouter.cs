using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Splits each group over the devices that would finish it first, and joins their answers.</summary>
internal sealed class ClusterRouter(
    ClusterWatcher watcher,
    GroupSplitter splitter,
    PartSender sender,
    RetryBudget budget,
    RoutingMetrics metrics,
    TimeProvider time,
    IOptions<DefaultModelOptions> options) : IEmbeddingRouter
{
    public IReadOnlyList<string> Models => watcher.View.Models;

    public bool TryGetModel(string? name, [NotNullWhen(true)] out ServedModel? model)
    {
        var view = watcher.View;
        name ??= options.Value.Default ?? (view.Models.Length == 1 ? view.Models[0] : null);
        model = name is null ? null : view.Find(name)?.Model;
        return model is not null;
    }

    public ImmutableArray<DeviceState> Devices(ServedModel model) => sender.Devices(model);

    public async Task<GroupResult> EmbedAsync(RouteRequest request, CropGroup crops, CancellationToken cancellationToken)
    {
        using var activity = GatewayMetrics.Activities.StartActivity("route");
        var start = time.GetTimestamp();
        var group = await RouteAsync(request, crops, activity, cancellationToken);
        metrics.Routed(request.Model.Name, time.GetElapsedTime(start).TotalSeconds);
        return group;
    }

    private async Task<GroupResult> RouteAsync(RouteRequest request, CropGroup crops, Activity? activity, CancellationToken cancellationToken)
    {
        var parts = splitter.Split(sender.Devices(request.Model).AsSpan(), crops.Count);
        activity?.SetTag("dinov2.images", crops.Count).SetTag("dinov2.parts", parts.Length);
        budget.Earn(crops.Count);
        if (parts.Length > 1)
        {
            return await SendAsync(request, crops, parts, cancellationToken);
        }

        // No part: no device is there at the moment.
        var whole = new CropPart(request, crops, 0, crops.Count);
        var reply = await sender.SendAsync(whole, parts.Length == 0 ? null : parts[0].Device, cancellationToken);
        return new(reply.Features, reply.QueueSeconds, reply.InferenceSeconds);
    }

    private async Task<GroupResult> SendAsync(RouteRequest request, CropGroup crops, PartPlan[] parts, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sends = new Task<EmbedReply>[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            sends[i] = SendOrStopAsync(new CropPart(request, crops, parts[i].First, parts[i].Count), parts[i].Device, stop);
        }

        Task all = Task.WhenAll(sends);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var send in sends)
        {
            if (send.IsFaulted)
            {
                // It stopped the others.
                await send;
            }
        }

        var features = new float[crops.Count * request.FeaturesPerImage];
        double queue = 0, inference = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var reply = await sends[i];
            reply.Features.CopyTo(features, parts[i].First * request.FeaturesPerImage);
            queue = Math.Max(queue, reply.QueueSeconds);
            inference = Math.Max(inference, reply.InferenceSeconds);
        }

        return new(features, queue, inference);
    }

    private async Task<EmbedReply> SendOrStopAsync(CropPart part, DeviceState device, CancellationTokenSource stop)
    {
        try
        {
            return await sender.SendAsync(part, device, stop.Token);
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            stop.Cancel();
            throw;
        }
    }
}
