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
/// <remarks>Holds nothing: the engine lives as long as the silo, so that a call never waits for a model to load.</remarks>
[SiloPinnedPlacement, Reentrant, KeepAlive]
internal sealed class InferenceGrain(ModelHost host, TimeProvider time, IOptions<SiloMessagingOptions> messaging) : Grain, IInferenceGrain
{
    // A reply is its features and little else; this is far more than that.
    private const int ReplyOverhead = 4096;

    /// <inheritdoc/>
    public async Task<EmbedReply> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await ComputeAsync(request, cancellationToken);
        }
        finally
        {
            // Whatever came of it, the engine has done with the crops when its task has completed.
            request.Crops.Release();
        }
    }

    // A value that a newer gateway knows, and this silo doesn't, waits behind the others.
    internal static Priority PriorityOf(Priority priority) => priority == Priority.Interactive ? Priority.Interactive : Priority.Bulk;

    // One that a newer gateway knows, and this silo doesn't, can't be given.
    internal static Output? OutputOf(Output output) => output switch
    {
        Output.Cls => Output.Cls,
        Output.ClsMean => Output.ClsMean,
        Output.PatchTokens => Output.PatchTokens,
        _ => null,
    };

    internal static EmbedStatus StatusOf(InferenceErrorKind kind) => kind switch
    {
        InferenceErrorKind.QueueFull => EmbedStatus.QueueFull,
        InferenceErrorKind.DeadlineExceeded => EmbedStatus.DeadlineExceeded,
        InferenceErrorKind.DeviceFailed => EmbedStatus.DeviceFailed,
        InferenceErrorKind.Draining => EmbedStatus.Draining,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    private async Task<EmbedReply> ComputeAsync(EmbedRequest request, CancellationToken cancellationToken)
    {
        if (!DeviceAddress.TryParse(this.GetPrimaryKeyString(), out var address) || host.Find(address) is not { } engine)
        {
            return EmbedReply.Failed(host.State == ModelHostState.Draining ? EmbedStatus.Draining : EmbedStatus.NotServed, queueDepth: 0, computing: 0);
        }

        if (request.Count < 1
            || request.Crops.Length != (long)request.Count * engine.CropBytes
            || OutputOf(request.Output) is not { } output
            || !Fits(request.Count, engine.FeaturesOf(output)))
        {
            return EmbedReply.Failed(EmbedStatus.InvalidRequest, engine.QueueDepth, engine.Computing);
        }

        try
        {
            var deadline = Deadline.After(time, request.Remaining);
            var result = await engine.EmbedAsync(request.Crops.Pixels, request.Count, PriorityOf(request.Priority), output, deadline, cancellationToken);
            return new(EmbedStatus.Ok, result.Features, result.QueueSeconds, result.InferenceSeconds, result.QueueDepth, result.Computing);
        }
        catch (InferenceException exception)
        {
            return EmbedReply.Failed(StatusOf(exception.Kind), engine.QueueDepth, engine.Computing);
        }
    }

    // Orleans closes the connection over a message that is too large, with every other call on it.
    private bool Fits(int count, int features) =>
        features > 0 && (long)count * features * sizeof(float) <= messaging.Value.MaxMessageBodySize - ReplyOverhead;
}
