using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The core that every protocol calls: image strings in, features out.</summary>
internal sealed class EmbeddingPipeline(
    IEmbeddingRouter router,
    ICropReader crops,
    AdmissionControl admission,
    EmbeddingCache cache,
    IOptions<GatewayOptions> options,
    GatewayMetrics metrics,
    TimeProvider time)
{
    /// <summary>Finds a model by name; null or empty means the default one.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.UnknownModel"/>, or <see cref="EmbeddingErrorKind.NoDevice"/> without a name.</exception>
    public ServedModel FindModel(string? name)
    {
        name = string.IsNullOrEmpty(name) ? null : name;
        return router.TryGetModel(name, out var model)
            ? model
            : throw new EmbeddingException(name is null ? EmbeddingErrorKind.NoDevice : EmbeddingErrorKind.UnknownModel);
    }

    /// <summary>Computes the features of images.</summary>
    /// <param name="model">A model from <see cref="FindModel"/>.</param>
    /// <param name="images">The images; their memory must stay valid until the task is complete.</param>
    /// <param name="priority">Whether others go first at a device.</param>
    /// <param name="deadline">When to give up.</param>
    /// <exception cref="EmbeddingException">The request failed.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<EmbeddingResult> EmbedAsync(ServedModel model, IReadOnlyList<ImageText> images, EmbedPriority priority, RequestDeadline deadline)
    {
        if (images.Count > options.Value.MaxImagesPerRequest)
        {
            throw new EmbeddingException(EmbeddingErrorKind.TooManyImages);
        }

        using var activity = GatewayMetrics.Activities.StartActivity("embed");
        activity?.SetTag("dinov2.model", model.Name).SetTag("dinov2.images", images.Count);
        if (!admission.TryAcquire(model.Name, router.Devices(model), images.Count, out var permit, out var retryAfter))
        {
            throw new EmbeddingException(EmbeddingErrorKind.Overloaded, retryAfter: retryAfter);
        }

        using (permit)
        {
            var result = await RunAsync(model, images, priority, deadline);
            metrics.ImagesEmbedded(model.Name, images.Count);
            activity?.SetTag("dinov2.preprocess_seconds", result.Timings.Preprocess)
                .SetTag("dinov2.queue_seconds", result.Timings.Queue)
                .SetTag("dinov2.inference_seconds", result.Timings.Inference);
            return result;
        }
    }

    private async Task<EmbeddingResult> RunAsync(ServedModel model, IReadOnlyList<ImageText> images, EmbedPriority priority, RequestDeadline deadline)
    {
        var start = time.GetTimestamp();
        using var run = new EmbeddingRun(router, crops, cache, model, images, priority, deadline, options.Value.RowsInFlight);
        await run.PreprocessAsync();
        var preprocess = time.GetElapsedTime(start).TotalSeconds;
        double queue = 0, inference = 0;
        foreach (var answer in await run.CollectAsync())
        {
            metrics.BatchEmbedded(model.Name, answer.QueueSeconds, answer.InferenceSeconds);
            queue = Math.Max(queue, answer.QueueSeconds);
            inference = Math.Max(inference, answer.InferenceSeconds);
        }

        if (run.CacheCounts is { } counts)
        {
            metrics.RowsFound(counts);
        }

        var timings = new EmbeddingTimings(preprocess, queue, inference, time.GetElapsedTime(start).TotalSeconds);
        return new EmbeddingResult(model, run.Features, timings, run.CacheCounts);
    }
}
