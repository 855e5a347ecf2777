using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>A client of <c>dinov2.v1.Embeddings</c> over a channel of its own.</summary>
internal sealed class EmbeddingsClient : IDisposable
{
    private static readonly Method<EmbedRequest, EmbedResponse> _embed =
        new(MethodType.Unary, "dinov2.v1.Embeddings", "Embed", Marshaller(EmbedRequest.Parser), Marshaller(EmbedResponse.Parser));

    private static readonly Method<EmbedStreamRequest, EmbedStreamResponse> _embedStream = new(
        MethodType.DuplexStreaming, "dinov2.v1.Embeddings", "EmbedStream", Marshaller(EmbedStreamRequest.Parser), Marshaller(EmbedStreamResponse.Parser));

    private static readonly Method<byte[], EmbedResponse> _embedBytes =
        new(MethodType.Unary, "dinov2.v1.Embeddings", "Embed", Marshallers.Create(bytes => bytes, bytes => bytes), Marshaller(EmbedResponse.Parser));

    private readonly GrpcChannel _channel;

    public EmbeddingsClient(GatewayHost host)
    {
        _channel = GrpcChannel.ForAddress(host.GrpcAddress, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        Invoker = _channel.CreateCallInvoker();
    }

    public CallInvoker Invoker { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<EmbedResponse> EmbedAsync(EmbedRequest request, Metadata? headers = null) =>
        await Invoker.AsyncUnaryCall(_embed, host: null, new CallOptions(headers, cancellationToken: Cancellation), request);

    public Task<EmbedResponse> EmbedAsync(EmbedOptions? options, params Image[] images) => EmbedAsync(new EmbedRequest { Images = { images }, Options = options });

    public AsyncUnaryCall<EmbedResponse> Embed(EmbedRequest request, CallOptions options) => Invoker.AsyncUnaryCall(_embed, host: null, options, request);

    /// <summary>Sends what no generated client would.</summary>
    public async Task<EmbedResponse> EmbedBytesAsync(byte[] message) =>
        await Invoker.AsyncUnaryCall(_embedBytes, host: null, new CallOptions(cancellationToken: Cancellation), message);

    public AsyncDuplexStreamingCall<EmbedStreamRequest, EmbedStreamResponse> Stream(CancellationToken? cancellation = null) =>
        Invoker.AsyncDuplexStreamingCall(_embedStream, host: null, new CallOptions(cancellationToken: cancellation ?? Cancellation));

    public static Image Encoded(byte[] file) => new() { Encoded = ByteString.CopyFrom(file) };

    public static Image Encoded(string text) => new() { Encoded = ByteString.CopyFromUtf8(text) };

    /// <summary>The floats of a result, which must have no error.</summary>
    public static float[] Floats(ImageResult result)
    {
        Assert.Null(result.Error);
        var floats = new float[result.Features.Length / sizeof(float)];
        for (var i = 0; i < floats.Length; i++)
        {
            floats[i] = System.Buffers.Binary.BinaryPrimitives.ReadSingleLittleEndian(result.Features.Span[(i * sizeof(float))..]);
        }

        return floats;
    }

    public void Dispose() => _channel.Dispose();

    private static Marshaller<T> Marshaller<T>(MessageParser<T> parser)
        where T : IMessage<T> => Marshallers.Create(message => message.ToByteArray(), parser.ParseFrom);
}
