using System.Runtime.InteropServices;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Protocol.V1;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>
/// Embeds batches of a stream's images. What a smaller batch may get is tried with half of it; when even one image is turned away for load, it waits,
/// until its own deadline. Whatever happens to a batch is told to its images, and to nobody else.
/// </summary>
internal sealed class StreamEmbedder(
    EmbeddingPipeline pipeline, IEmbeddingRouter router, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<StreamEmbedder> logger)
{
    // A permit is free again when any batch of the gateway is done: the whole seconds that others are told would leave devices idle.
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(100);

    // A timer may fire so much too early.
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Embeds images, in the order in which they came, and posts an answer for each. Never throws; a stream that was stopped gets no answers.</summary>
    public async Task EmbedAsync(List<StreamImage> images, StreamTerms terms, Action<EmbedStreamResponse> post, CancellationToken cancellationToken)
    {
        try
        {
            await EmbedAllAsync(images, terms, post, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody waits for the answers.
        }
        catch (Exception error) when (images.Count > 0)
        {
            Fail(images, images.Count, new EmbeddingException(EmbeddingErrorKind.Internal, innerException: error), post);
        }
        finally
        {
            images.ForEach(image => image.Dispose());
        }
    }

    /// <summary>The answer to an image that failed, which is logged and counted.</summary>
    public EmbedStreamResponse Refuse(ulong id, EmbeddingException error)
    {
        GatewayLog.Write(logger, error);
        metrics.RowFailed(error.Kind);
        return EmbedReplies.StreamResponse(id, error, router.Models);
    }

    /// <summary>Waits a little for room, until the deadline of an image that came at <paramref name="readAt"/>.</summary>
    /// <returns>False when the deadline has passed.</returns>
    public async Task<bool> WaitAsync(long readAt, TimeSpan? wait, CancellationToken cancellationToken)
    {
        if (Left(readAt) is var left && left < _tick)
        {
            return false;
        }

        var delay = wait ?? _poll;
        await Task.Delay(delay < left ? delay : left, time, cancellationToken);
        return Left(readAt) >= _tick;
    }

    private async Task EmbedAllAsync(List<StreamImage> images, StreamTerms terms, Action<EmbedStreamResponse> post, CancellationToken cancellationToken)
    {
        var size = images.Count;
        while (images.Count > 0)
        {
            size = Math.Min(size, images.Count);
            try
            {
                await EmbedSomeAsync(images, size, terms, post, cancellationToken);
                size = images.Count;
            }
            catch (EmbeddingException error) when (size > 1 && (error.Info.MayRetry || error.Kind == EmbeddingErrorKind.TooManyImages))
            {
                size = (size + 1) / 2;
            }
            catch (EmbeddingException error) when (error.Info.MayRetry)
            {
                // Only the caller's own limits say when to come again.
                var wait = error.Kind == EmbeddingErrorKind.Overloaded ? null : error.RetryAfter;
                if (!await WaitAsync(images[0].ReadAt, wait, cancellationToken))
                {
                    FailExpired(images, error, post);
                }

                size = images.Count;
            }
            catch (EmbeddingException error) when (error.Kind == EmbeddingErrorKind.DeadlineExceeded)
            {
                // That of the oldest image, and the others go on; or a device said so, and has the last word.
                if (!FailExpired(images, error, post))
                {
                    Fail(images, size, error, post);
                }

                size = images.Count;
            }
            catch (EmbeddingException error)
            {
                Fail(images, size, error, post);
                size = images.Count;
            }
        }
    }

    private async Task EmbedSomeAsync(List<StreamImage> images, int size, StreamTerms terms, Action<EmbedStreamResponse> post, CancellationToken cancellationToken)
    {
        // While they are tried they are all that counts; what is left of the list waits.
        var batch = images.GetRange(0, size);
        using var deadline = new RequestDeadline(time, Left(batch[0].ReadAt), cancellationToken);
        deadline.ThrowIfOver();
        var result = await pipeline.EmbedAsync(new EmbeddingRequest(
            // Each time: a stream can outlive the version of a model.
            pipeline.FindModel(terms.Model),
            batch.ConvertAll(image => image.Input),
            terms.Options,
            terms.Priority,
            deadline,
            terms.Caller is { } caller ? new GroupCaller(caller, batch) : null));
        for (var i = 0; i < size; i++)
        {
            post(EmbedReplies.StreamResponse(batch[i].Id, result, result.Rows[i], router.Models));
        }

        End(images, size, failure: null);
    }

    // The images came in order, so those whose deadline has passed are the first ones.
    private bool FailExpired(List<StreamImage> images, EmbeddingException error, Action<EmbedStreamResponse> post)
    {
        var next = images.FindIndex(image => Left(image.ReadAt) >= _tick);
        var expired = next < 0 ? images.Count : next;
        if (expired > 0)
        {
            Fail(images, expired, error, post);
        }

        return expired > 0;
    }

    private void Fail(List<StreamImage> images, int count, EmbeddingException error, Action<EmbedStreamResponse> post)
    {
        foreach (var image in CollectionsMarshal.AsSpan(images)[..count])
        {
            post(Refuse(image.Id, error));
        }

        End(images, count, RequestFailure.Of(error));
    }

    private void End(List<StreamImage> images, int count, RequestFailure? failure)
    {
        metrics.RequestEnded(EmbedStream.Protocol, failure, time.GetElapsedTime(images[0].ReadAt).TotalSeconds);
        foreach (var image in CollectionsMarshal.AsSpan(images)[..count])
        {
            image.Dispose();
        }

        images.RemoveRange(0, count);
    }

    private TimeSpan Left(long readAt)
    {
        var left = options.Value.Deadline - time.GetElapsedTime(readAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
