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
/// Embeds groups of a stream's images. A group that is refused for load or size is tried again with half of its images. When even one image is refused for
/// load, it waits, until its own deadline. An error of a group goes to its own images only.
/// </summary>
internal sealed class StreamEmbedder(
    EmbeddingPipeline pipeline, IEmbeddingRouter router, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<StreamEmbedder> logger)
{
    // A permit is free again when any group of the gateway is done: the whole seconds of 'Retry-After' would leave devices idle.
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(100);

    // A timer may fire this much too early.
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Embeds images, which are in the order of arrival, and posts an answer for each. Never throws; a stopped stream gets no answers.</summary>
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
        catch (Exception exception) when (images.Count > 0)
        {
            Fail(images, images.Count, new EmbeddingException(EmbeddingErrorKind.Internal, innerException: exception), post);
        }
        finally
        {
            images.ForEach(image => image.Dispose());
        }
    }

    /// <summary>Logs and counts a failed image, and makes its answer.</summary>
    public EmbedStreamResponse Refuse(ulong id, EmbeddingException error)
    {
        GatewayLog.Write(logger, error);
        metrics.RowFailed(error.Kind);
        return EmbedReplies.StreamResponse(id, error, router.Models);
    }

    /// <summary>Waits a little for room, until the deadline of an image that arrived at <paramref name="readAt"/>.</summary>
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
            catch (EmbeddingException exception) when (size > 1 && (IsLoad(exception) || exception.Kind == EmbeddingErrorKind.TooManyImages))
            {
                size = (size + 1) / 2;
            }
            catch (EmbeddingException exception) when (IsLoad(exception))
            {
                // Only the caller's own limits give a useful time.
                var wait = exception.Kind == EmbeddingErrorKind.Overloaded ? null : exception.RetryAfter;
                if (!await WaitAsync(images[0].ReadAt, wait, cancellationToken))
                {
                    FailExpired(images, exception, post);
                }

                size = images.Count;
            }
            catch (EmbeddingException exception)
            {
                // The deadline is that of the oldest image: the others go on. If none has expired here, a device saw it pass.
                if (exception.Kind != EmbeddingErrorKind.DeadlineExceeded || !FailExpired(images, exception, post))
                {
                    Fail(images, size, exception, post);
                }

                size = images.Count;
            }
        }
    }

    private async Task EmbedSomeAsync(List<StreamImage> images, int size, StreamTerms terms, Action<EmbedStreamResponse> post, CancellationToken cancellationToken)
    {
        // The rest of the list waits.
        var group = images.GetRange(0, size);
        using var deadline = new RequestDeadline(time, Left(group[0].ReadAt), cancellationToken);
        deadline.ThrowIfOver();
        var result = await pipeline.EmbedAsync(new EmbeddingRequest(
            // Again for each group: a stream can outlive the version of a model.
            pipeline.FindModel(terms.Model),
            group.ConvertAll(image => image.Input),
            terms.Options,
            terms.Priority,
            deadline,
            terms.Caller is { } caller ? new GroupCaller(caller, group) : null));
        for (var i = 0; i < size; i++)
        {
            post(EmbedReplies.StreamResponse(group[i].Id, result, result.Rows[i], router.Models));
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

        End(images, count, EmbeddingErrorText.Reason(error.Kind));
    }

    private void End(List<StreamImage> images, int count, string? failure)
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

    private static bool IsLoad(EmbeddingException error) =>
        error.Kind is EmbeddingErrorKind.Overloaded or EmbeddingErrorKind.RateLimited or EmbeddingErrorKind.QuotaExceeded;
}
