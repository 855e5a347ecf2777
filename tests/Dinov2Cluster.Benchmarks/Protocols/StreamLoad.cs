using System.Diagnostics;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dinov2Cluster.Benchmarks.Protocols;

/// <summary>Sends the sample image over and over in one stream, as fast as the gateway takes it.</summary>
internal sealed class StreamLoad(Embeddings.EmbeddingsClient client, byte[] jpeg)
{
    /// <summary>Images per second over the time given.</summary>
    public async Task<double> RunAsync(TimeSpan duration)
    {
        using var call = client.EmbedStream();
        var clock = Stopwatch.StartNew();
        var answers = ReadAsync(call.ResponseStream);
        var image = new Image { Encoded = ByteString.CopyFrom(jpeg) };
        for (ulong id = 0; clock.Elapsed < duration; id++)
        {
            await call.RequestStream.WriteAsync(new EmbedStreamRequest { Id = id, Image = image });
        }

        await call.RequestStream.CompleteAsync();
        return await answers / clock.Elapsed.TotalSeconds;
    }

    private static async Task<int> ReadAsync(IAsyncStreamReader<EmbedStreamResponse> answers)
    {
        var count = 0;
        await foreach (var answer in answers.ReadAllAsync())
        {
            if (answer.Result.Error is { } error)
            {
                throw new InvalidOperationException($"EmbedStream answered {error.Reason}: {error.Message}");
            }

            count++;
        }

        return count;
    }
}
