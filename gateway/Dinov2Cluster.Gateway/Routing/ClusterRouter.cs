using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Grains.Messages;
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

/// <summary>Sends crops to the devices that serve a model.</summary>
internal interface IEmbeddingRouter
{
    /// <summary>Names of the served models, in ordinal order.</summary>
    IReadOnlyList<string> Models { get; }

    /// <summary>Finds a served model by name; null means the default one.</summary>
    bool TryGetModel(string? name, [NotNullWhen(true)] out ServedModel? model);

    /// <summary>The devices that serve a model now; none when it is no longer served.</summary>
    ImmutableArray<DeviceState> Devices(ServedModel model);

    /// <summary>Computes the features of the crops.</summary>
    /// <param name="request">Model, output, priority and deadline.</param>
    /// <param name="crops">The crops. The caller holds the group, and releases it only when the task completed normally.</param>
    /// <param name="cancellationToken">Canceled when the client is gone, the deadline passed or another row failed.</param>
    /// <exception cref="EmbeddingException">
    /// <see cref="EmbeddingErrorKind.NoDevice"/>, <see cref="EmbeddingErrorKind.Overloaded"/> (every device's queue is full),
    /// <see cref="EmbeddingErrorKind.DeadlineExceeded"/> or <see cref="EmbeddingErrorKind.Internal"/>.
    /// </exception>
    Task<GroupResult> EmbedAsync(RouteRequest request, CropGroup crops, CancellationToken cancellationToken);
}

/// <summary>What a group of crops needs.</summary>
/// <param name="Model">A model from <see cref="IEmbeddingRouter.TryGetModel"/>.</param>
/// <param name="Output">Requested features; the model gives them.</param>
/// <param name="Priority">Priority in the devices' queues.</param>
/// <param name="Deadline"><see cref="TimeProvider"/> timestamp of the deadline.</param>
internal sealed record RouteRequest(ServedModel Model, Output Output, Priority Priority, long Deadline)
{
    /// <summary>Features of each crop.</summary>
    public int FeaturesPerImage { get; } = Model.FeaturesPerImage(Output);
}

/// <summary>A model that a device serves now, and what the gateway needs to prepare its input.</summary>
/// <param name="Name">Name of the model's directory in the repository.</param>
/// <param name="EmbeddingSize">Features per vector.</param>
/// <param name="ShortestEdge">Shorter edge after the resize, in pixels.</param>
/// <param name="CropSize">Edge of the square center crop, in pixels.</param>
/// <param name="Checksum">Identifies the exact weights: devices with the same checksum give the same features.</param>
/// <param name="PatchTokens">Patch tokens per image; 0 when the model gives the CLS token only.</param>
/// <param name="Normalization">How the model normalizes pixels.</param>
internal sealed record ServedModel(
    string Name, int EmbeddingSize, int ShortestEdge, int CropSize, string Checksum, int PatchTokens, PixelNormalization Normalization)
{
    /// <summary>Whether the model gives an output.</summary>
    public bool Gives(Output output) => output == Output.Cls || PatchTokens > 0;

    /// <summary>Features that an image gives.</summary>
    public int FeaturesPerImage(Output output) => output.Vectors(PatchTokens) * output.Dimensions(EmbeddingSize);
}

/// <summary>The answer for one <see cref="CropGroup"/>.</summary>
/// <param name="Features">float32 [count, <see cref="RouteRequest.FeaturesPerImage"/>], row-major, rows in the order of the crops.</param>
/// <param name="QueueSeconds">Longest time that a crop waited in a device's queue.</param>
/// <param name="InferenceSeconds">Longest time that a device computed on a batch with one of the crops.</param>
internal sealed record GroupResult(ReadOnlyMemory<float> Features, double QueueSeconds, double InferenceSeconds);
