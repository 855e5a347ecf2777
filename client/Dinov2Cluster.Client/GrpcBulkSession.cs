using System.Collections.Concurrent;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;

namespace Dinov2Cluster.Client;

/// <summary>One stream of a run.</summary>
/// <param name="run">Source of the images, and receiver of the answers.</param>
/// <param name="options">Sent with the first image.</param>
/// <param name="unanswered">Images that an earlier stream left unanswered; they are sent first.</param>
internal sealed class GrpcBulkSession(BulkRun run, Protocol.V1.EmbedOptions options, PendingImage[] unanswered)
{
    private readonly ConcurrentDictionary<ulong, PendingImage> _sent = new(unanswered.Select(image => KeyValuePair.Create((ulong)image.Index, image)));

    /// <summary>Whether any image was answered.</summary>
    public bool HasAnswers { get; private set; }

    /// <summary>The images without an answer, in input order.</summary>
    public PendingImage[] Unanswered() => [.. _sent.Values.OrderBy(image => image.Index)];

    /// <summary>Sends and receives until all images are answered, or the stream ends.</summary>
    /// <returns>Null when all images are answered, else why the stream ended.</returns>
    public async Task<Dinov2Exception?> RunAsync(
        Func<CancellationToken, AsyncDuplexStreamingCall<EmbedStreamRequest, EmbedStreamResponse>> open, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var stream = open(ended.Token);
        var writing = WriteAsync(stream.RequestStream, ended.Token);
        Dinov2Exception? failure = null;
        try
        {
            await ReadAsync(stream.ResponseStream, ended.Token);
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            failure = GrpcFailures.ToException(exception);
        }
        finally
        {
            // When all images are answered, the writer ends by itself. Otherwise nothing reads what it writes.
            if (!run.Ready.Completion.IsCompleted)
            {
                await ended.CancelAsync();
            }

            await writing;
        }

        cancellationToken.ThrowIfCancellationRequested();
        return failure ?? (run.Ready.Completion.IsCompleted && _sent.IsEmpty
            ? null
            : new Dinov2Exception(Dinov2ErrorKind.Unavailable, "The service ended the stream before all images were answered."));
    }

    private async Task WriteAsync(IClientStreamWriter<EmbedStreamRequest> stream, CancellationToken cancellationToken)
    {
        try
        {
            var first = options;
            foreach (var image in unanswered)
            {
                await SendAsync(image);
            }

            while (await run.Ready.WaitToReadAsync(cancellationToken))
            {
                while (run.Ready.TryRead(out var image))
                {
                    // Registered before it is sent, so that its answer finds it.
                    _sent[(ulong)image.Index] = image;
                    await SendAsync(image);
                }
            }

            await stream.CompleteAsync();

            async Task SendAsync(PendingImage image)
            {
                var message = new EmbedStreamRequest { Id = (ulong)image.Index, Image = GrpcMessages.ToImage(image.Payload), Options = first };
                first = null;
                await stream.WriteAsync(message, cancellationToken);
            }
        }
        catch (Exception exception) when (
            exception is RpcException or InvalidOperationException or IOException or HttpRequestException or OperationCanceledException)
        {
            // The stream has ended; a reset reaches the writer as the transport's own exception. The reader finds the reason.
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<EmbedStreamResponse> stream, CancellationToken cancellationToken)
    {
        while (await stream.MoveNext(cancellationToken))
        {
            var response = stream.Current;
            if (!_sent.TryRemove(response.Id, out var image))
            {
                throw new Dinov2Exception(Dinov2ErrorKind.InvalidResponse, "The service answered an image that was not sent.");
            }

            var answer = GrpcMessages.ToAnswer(response.Result, response.Vectors, response.Dimensions, response.Model);
            if (answer.Error is { IsTransient: true } error && run.TryPostpone(image, error))
            {
                continue;
            }

            HasAnswers = true;
            run.Answer(image, answer);
        }
    }
}
