using Dinov2Cluster.Client.Bulk;
using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Sources;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Client.Transport.Grpc;

/// <summary><c>dinov2.v1.Embeddings</c>.</summary>
internal sealed class GrpcTransport : IEmbedTransport
{
    private readonly GrpcChannel _channel;
    private readonly Embeddings.EmbeddingsClient _client;
    private readonly Metadata _headers = [];

    public GrpcTransport(ClientSettings settings, ILoggerFactory loggerFactory)
    {
        _channel = GrpcChannel.ForAddress(settings.Address, new GrpcChannelOptions
        {
            HttpHandler = ClientHandler.For(settings),
            DisposeHttpClient = settings.HttpHandler is null,
            MaxReceiveMessageSize = TransportErrors.MaxReplyBytes,
            MaxSendMessageSize = null,
            LoggerFactory = loggerFactory,
        });
        _client = new Embeddings.EmbeddingsClient(_channel);
        if (settings.ApiKey is { } key)
        {
            _headers.Add("authorization", "Bearer " + key);
        }
    }

    /// <inheritdoc/>
    public bool TakesCrops => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ImageAnswer>> SendAsync(
        IReadOnlyList<ImagePayload> images, EmbedCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        var request = new EmbedRequest { Options = GrpcMessages.ToOptions(call) };
        request.Images.AddRange(images.Select(GrpcMessages.ToImage));
        // gRPC takes a moment of the system's clock, and tells the gateway what is left until then.
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + remaining;
        try
        {
            var reply = await _client.EmbedAsync(request, _headers, deadline, cancellationToken);
            return reply.Results.Count == images.Count
                ? [.. reply.Results.Select(result => GrpcMessages.ToAnswer(result, reply.Vectors, reply.Dimensions, reply.Model))]
                : throw new Dinov2Exception(
                    Dinov2ErrorKind.InvalidResponse, $"The service answered {reply.Results.Count} images of {images.Count}.");
        }
        catch (RpcException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw GrpcErrors.ToException(error);
        }
    }

    /// <inheritdoc/>
    public IBulkSender CreateBulkSender() => new GrpcBulkSender(token => _client.EmbedStream(_headers, deadline: null, token));

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
