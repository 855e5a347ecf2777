using System.Globalization;
using System.Runtime.InteropServices;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dinov2Cluster.Client.TestServer;

/// <summary>The gRPC service.</summary>
internal sealed class FakeEmbeddings(FakeGateway gateway) : Embeddings.EmbeddingsBase
{
    public override async Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context)
    {
        await ReceiveAsync("unary", request.Options, request.Images.Count, context);
        var answers = await Task.WhenAll(request.Images.Select(image => AnswerAsync(image, context)));
        var good = Array.Find(answers, answer => answer.Code == 0);
        return new EmbedResponse
        {
            Model = FakeGateway.Model,
            Vectors = (uint)(good?.Vectors ?? 1),
            Dimensions = Dimensions(good),
            Results = { answers.Select(ToResult) },
        };
    }

    public override async Task EmbedStream(
        IAsyncStreamReader<EmbedStreamRequest> requestStream, IServerStreamWriter<EmbedStreamResponse> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        gateway.Streams[http] = true;
        context.CancellationToken.Register(() => gateway.Streams.TryRemove(http, out _));
        using var writing = new SemaphoreSlim(1);
        var answering = new List<Task>();
        var first = true;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            var request = requestStream.Current;
            if (first)
            {
                await ReceiveAsync("stream", request.Options, 0, context);
                first = false;
            }

            answering.Add(AnswerAsync(request));
        }

        await Task.WhenAll(answering);
        gateway.StreamEnded();

        async Task AnswerAsync(EmbedStreamRequest request)
        {
            var answer = await this.AnswerAsync(request.Image, context);
            await writing.WaitAsync(context.CancellationToken);
            try
            {
                await responseStream.WriteAsync(new EmbedStreamResponse
                {
                    Id = request.Id,
                    Result = ToResult(answer),
                    Model = FakeGateway.Model,
                    Vectors = (uint)answer.Vectors,
                    Dimensions = Dimensions(answer),
                });
            }
            finally
            {
                writing.Release();
            }
        }
    }

    private static uint Dimensions(FakeAnswer? answer) => answer is null ? 0 : (uint)(answer.Features.Length / answer.Vectors);

    private async Task ReceiveAsync(string protocol, EmbedOptions? options, int images, ServerCallContext context)
    {
        options ??= new EmbedOptions();
        var http = context.GetHttpContext();
        var failure = await gateway.ReceiveAsync(new FakeRequest(
            protocol,
            http.Request.Path,
            context.RequestHeaders.GetValue("authorization"),
            context.Deadline == DateTime.MaxValue ? null : (context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime).TotalMilliseconds,
            options.Model,
            options.Normalize,
            options.Output switch { Output.ClsMean => "cls_mean", Output.PatchTokens => "patch_tokens", _ => "cls" },
            options.OnError == OnError.Null,
            options.Priority == Priority.Bulk,
            "",
            images));
        if (failure is null)
        {
            return;
        }

        if (failure.Reset)
        {
            http.Abort();
            throw new RpcException(Status.DefaultCancelled);
        }

        var trailers = new Metadata { { "dinov2-reason", "scripted" } };
        if (failure.RetryAfterSeconds is { } seconds)
        {
            trailers.Add("retry-after", seconds.ToString(CultureInfo.InvariantCulture));
            trailers.Add("grpc-retry-pushback-ms", (1000 * seconds).ToString(CultureInfo.InvariantCulture));
        }

        throw new RpcException(new Status((StatusCode)failure.GrpcCode, failure.Message), trailers);
    }

    private async Task<FakeAnswer> AnswerAsync(Image image, ServerCallContext context)
    {
        var received = image.SourceCase switch
        {
            Image.SourceOneofCase.Url => new FakeImage("url", System.Text.Encoding.UTF8.GetBytes(image.Url)),
            Image.SourceOneofCase.Crop => new FakeImage("crop", image.Crop.ToByteArray()),
            _ => new FakeImage("encoded", image.Encoded.ToByteArray()),
        };
        if (await gateway.AnswerAsync(received, context.CancellationToken) is { } answer)
        {
            return answer;
        }

        context.GetHttpContext().Abort();
        throw new RpcException(Status.DefaultCancelled);
    }

    private static ImageResult ToResult(FakeAnswer answer) => answer.Code == 0
        ? new ImageResult { Features = ByteString.CopyFrom(MemoryMarshal.AsBytes(answer.Features.AsSpan())) }
        : new ImageResult { Error = new ImageError { Code = answer.Code, Reason = answer.Reason, Message = answer.Message } };
}
