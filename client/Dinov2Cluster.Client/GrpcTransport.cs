using Dinov2Cluster.Client.Sources;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Client;

/// <summary><c>dinov2.v1.Embeddings</c>.</summary>
internal sealed class GrpcTransport : IEmbedTransport
{
    private readonly GrpcChannel _channel;
    private readonly Embeddings.EmbeddingsClient _client;
    private readonly Metadata _headers = [];

    public GrpcTransport(Dinov2ClientOptions options, ILoggerFactory loggerFactory)
    {
        _channel = GrpcChannel.ForAddress(options.Address!, new GrpcChannelOptions
        {
            HttpHandler = ClientHandler.For(options),
            DisposeHttpClient = options.HttpHandler is null,
            MaxReceiveMessageSize = IEmbedTransport.MaxReplyBytes,
            MaxSendMessageSize = null,
            LoggerFactory = loggerFactory,
        });
        _client = new Embeddings.EmbeddingsClient(_channel);
        if (options.ApiKey is { } key)
        {
            _headers.Add("authorization", "Bearer " + key);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ImageAnswer>> SendAsync(
        IReadOnlyList<ImagePayload> images, EmbedCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        var request = new EmbedRequest { Options = GrpcMessages.ToOptions(call) };
        request.Images.AddRange(images.Select(GrpcMessages.ToImage));
        // gRPC takes a moment of the system's clock, and sends the remaining time to the gateway.
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + remaining;
        try
        {
            var reply = await _client.EmbedAsync(request, _headers, deadline, cancellationToken);
            return reply.Results.Count == images.Count
                ? [.. reply.Results.Select(result => GrpcMessages.ToAnswer(result, reply.Vectors, reply.Dimensions, reply.Model))]
                : throw TransportFailures.WrongCount(reply.Results.Count, images.Count);
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw GrpcFailures.ToException(exception);
        }
    }

    /// <inheritdoc/>
    public IBulkSender CreateBulkSender() =>
        new GrpcBulkSender(cancellationToken => _client.EmbedStream(_headers, deadline: null, cancellationToken));

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
