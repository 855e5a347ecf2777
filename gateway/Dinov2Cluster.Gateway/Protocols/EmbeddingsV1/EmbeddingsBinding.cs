using System.Buffers;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;
using Grpc.Core;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>
/// Binds <c>dinov2.v1.Embeddings</c> to a service that gets the bytes of each message in a pooled buffer. The generated binding would copy every image
/// into its own array, most of them on the large object heap, and would make an object for every image that a hostile message contains.
/// gRPC's registration and reflection look for this shape: a nested base class, <see cref="Descriptor"/> and <see cref="BindService"/>.
/// </summary>
internal static class EmbeddingsBinding
{
    private static readonly Marshaller<PooledBuffer> _requests = new(
        static (_, _) => throw new NotSupportedException("A server sends no requests."), static context => Read(context));

    private static readonly Method<PooledBuffer, EmbedResponse> _embed = new(
        MethodType.Unary, Descriptor.FullName, nameof(ServiceBase.Embed), _requests, Responses(EmbedResponse.Parser));

    private static readonly Method<PooledBuffer, EmbedStreamResponse> _embedStream = new(
        MethodType.DuplexStreaming, Descriptor.FullName, nameof(ServiceBase.EmbedStream), _requests, Responses(EmbedStreamResponse.Parser));

    /// <summary>The service as its proto describes it.</summary>
    public static ServiceDescriptor Descriptor => Embeddings.Descriptor;

    /// <summary>Adds the methods; without a service only their names and types.</summary>
    public static void BindService(ServiceBinderBase binder, ServiceBase? service)
    {
        binder.AddMethod(_embed, service is null ? null : new UnaryServerMethod<PooledBuffer, EmbedResponse>(service.Embed));
        binder.AddMethod(
            _embedStream, service is null ? null : new DuplexStreamingServerMethod<PooledBuffer, EmbedStreamResponse>(service.EmbedStream));
    }

    private static PooledBuffer Read(DeserializationContext context)
    {
        var payload = context.PayloadAsReadOnlySequence();
        var message = PooledBuffer.Rent((int)payload.Length);
        payload.CopyTo(message.Writable.Span);
        return message;
    }

    private static Marshaller<T> Responses<T>(MessageParser<T> parser)
        where T : IMessage<T> => new(
        static (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    /// <summary>The base of the service. The receiver disposes the message.</summary>
    [BindServiceMethod(typeof(EmbeddingsBinding), nameof(BindService))]
    public abstract class ServiceBase
    {
        /// <summary>An <c>EmbedRequest</c>.</summary>
        public abstract Task<EmbedResponse> Embed(PooledBuffer request, ServerCallContext context);

        /// <summary>A stream of <c>EmbedStreamRequest</c>.</summary>
        public abstract Task EmbedStream(
            IAsyncStreamReader<PooledBuffer> requestStream, IServerStreamWriter<EmbedStreamResponse> responseStream, ServerCallContext context);
    }
}
