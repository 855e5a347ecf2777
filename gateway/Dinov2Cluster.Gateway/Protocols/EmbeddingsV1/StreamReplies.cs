using System.Threading.Channels;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>Writes the answers of a stream one by one, as gRPC demands, and flushes those together that are ready together.</summary>
/// <param name="responses">The stream to the client.</param>
/// <param name="inFlight">Gets a slot back for each sent answer: while a client reads no answers, no further images are read.</param>
internal sealed class StreamReplies(IServerStreamWriter<EmbedStreamResponse> responses, SemaphoreSlim inFlight)
{
    // Few enough that neither answers nor slots wait long.
    private const int MaxUnsent = 8;

    private static readonly WriteOptions _gather = new(WriteFlags.BufferHint);
    private static readonly WriteOptions _send = new();

    private readonly Channel<EmbedStreamResponse> _answers = Channel.CreateUnbounded<EmbedStreamResponse>(new() { SingleReader = true });

    /// <summary>Queues an answer.</summary>
    public void Post(EmbedStreamResponse answer) => _answers.Writer.TryWrite(answer);

    /// <summary>No further answer comes.</summary>
    public void Complete() => _answers.Writer.TryComplete();

    /// <summary>Writes the answers until all are sent.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var unsent = 0;
        while (await _answers.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_answers.Reader.TryRead(out var answer))
            {
                var isLast = ++unsent == MaxUnsent || !_answers.Reader.TryPeek(out _);
                responses.WriteOptions = isLast ? _send : _gather;
                await responses.WriteAsync(answer, cancellationToken);
                if (isLast)
                {
                    inFlight.Release(unsent);
                    unsent = 0;
                }
            }
        }
    }
}
