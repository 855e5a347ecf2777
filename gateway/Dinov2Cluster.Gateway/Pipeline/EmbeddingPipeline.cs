using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The core that every protocol calls: images in, features out.</summary>
internal sealed class EmbeddingPipeline(
    IEmbeddingRouter router,
    ICropReader crops,
    AdmissionControl admission,
    EmbeddingCache cache,
    IOptions<GatewayOptions> options,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<EmbeddingPipeline> logger)
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
    /// <exception cref="EmbeddingException">The request failed.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request)
    {
        var (model, images) = (request.Model, request.Images);
        ThrowIfTooMuch(request);
        using var activity = GatewayMetrics.Activities.StartActivity("embed");
        activity?.SetTag("dinov2.model", model.Name).SetTag("dinov2.images", images.Count);
        if (!admission.TryAcquire(model.Name, router.Devices(model), images.Count, out var permit, out var retryAfter))
        {
            throw new EmbeddingException(EmbeddingErrorKind.Overloaded, retryAfter: retryAfter);
        }

        using (permit)
        {
            // After admission: a request that is refused because others are too many costs its caller nothing.
            request.Caller?.Take(images.Count);
            var result = await RunAsync(request);
            activity?.SetTag("dinov2.preprocess_seconds", result.Timings.Preprocess)
                .SetTag("dinov2.queue_seconds", result.Timings.Queue)
                .SetTag("dinov2.inference_seconds", result.Timings.Inference);
            return result;
        }
    }

    private void ThrowIfTooMuch(EmbeddingRequest request)
    {
        var (model, output) = (request.Model, request.Options.Output);
        if (!model.Gives(output))
        {
            throw new EmbeddingException(EmbeddingErrorKind.UnsupportedOutput);
        }

        var limits = options.Value;
        if (request.Images.Count > limits.MaxImagesPerRequest)
        {
            throw EmbeddingException.TooManyImages(limits.MaxImagesPerRequest, request.Images.Count);
        }

        var bytesPerImage = (long)model.FeaturesPerImage(output) * sizeof(float);
        if (request.Images.Count * bytesPerImage > limits.MaxReplyBytes)
        {
            throw EmbeddingException.ReplyTooLarge(request.Images.Count, bytesPerImage, limits.MaxReplyBytes);
        }
    }

    private async Task<EmbeddingResult> RunAsync(EmbeddingRequest request)
    {
        var start = time.GetTimestamp();
        var model = request.Model;
        using var run = new EmbeddingRun(router, crops, cache, request, options.Value.RowsInFlight);
        await run.PreprocessAsync();
        var preprocess = time.GetElapsedTime(start).TotalSeconds;
        double queue = 0, inference = 0;
        foreach (var answer in await run.CollectAsync())
        {
            metrics.GroupEmbedded(model.Name, answer.QueueSeconds, answer.InferenceSeconds);
            queue = Math.Max(queue, answer.QueueSeconds);
            inference = Math.Max(inference, answer.InferenceSeconds);
        }

        if (run.CacheCounts is { } counts)
        {
            metrics.RowsFound(counts.Hits, counts.Misses, counts.Joined);
        }

        var timings = new EmbeddingTimings(preprocess, queue, inference, time.GetElapsedTime(start).TotalSeconds);
        return new EmbeddingResult(model, request.Options.Output, Finish(run.Rows, request), timings, run.CacheCounts);
    }

    private EmbeddingRow[] Finish(EmbeddingRow[] rows, EmbeddingRequest request)
    {
        var dimensions = request.Options.Output.Dimensions(request.Model.EmbeddingSize);
        var embedded = 0;
        foreach (ref var row in rows.AsSpan())
        {
            if (row.Error is { } error)
            {
                GatewayLog.Write(logger, error);
                metrics.RowFailed(error.Kind);
                continue;
            }

            embedded++;
            if (request.Options.Normalize)
            {
                row = row with { Features = FeatureNorm.Normalize(row.Features.Span, dimensions) };
            }
        }

        metrics.ImagesEmbedded(request.Model.Name, embedded);
        return rows;
    }
}

/// <summary>The one deadline of a request: it covers the body, fetches, decoding, queues and inference.</summary>
internal sealed class RequestDeadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;
    private readonly CancellationToken _client;
    private readonly bool _isCallers;

    /// <param name="time">Clock of <see cref="Timestamp"/>.</param>
    /// <param name="duration">Time from now.</param>
    /// <param name="client">Canceled when the client is gone.</param>
    /// <param name="isCallers">Whether the caller made it shorter than the gateway's own: then it is the caller's fault when it passes.</param>
    public RequestDeadline(TimeProvider time, TimeSpan duration, CancellationToken client, bool isCallers = false)
    {
        Timestamp = time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);
        (_client, _isCallers) = (client, isCallers);
        _timer = new CancellationTokenSource(duration, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, client);
    }

    /// <summary><see cref="TimeProvider"/> timestamp after which the answer is useless.</summary>
    public long Timestamp { get; }

    /// <summary>Canceled when the deadline passed or the client is gone.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Whether the deadline passed.</summary>
    public bool HasPassed => _timer.IsCancellationRequested;

    /// <summary>Throws if <see cref="Token"/> is canceled.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.DeadlineExceeded"/>.</exception>
    public void ThrowIfOver()
    {
        _client.ThrowIfCancellationRequested();
        if (HasPassed)
        {
            throw _isCallers ? EmbeddingException.CallersDeadline() : new EmbeddingException(EmbeddingErrorKind.DeadlineExceeded);
        }
    }

    /// <summary>Whether an error is that this deadline passed, and the caller set it.</summary>
    public bool IsCallersFault(EmbeddingException error) => _isCallers && error.Kind == EmbeddingErrorKind.DeadlineExceeded;

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
