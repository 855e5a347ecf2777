using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Client.TestServer;

/// <summary>The server side of both protocols on a real Kestrel, controlled by a test.</summary>
public sealed class FakeGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _endedStreams;

    private FakeGateway(WebApplication app) => _app = app;

    /// <summary>Name of the model that answers.</summary>
    public const string Model = "tiny";

    /// <summary>Address for gRPC.</summary>
    public Uri GrpcAddress { get; private set; } = null!;

    /// <summary>Address for <c>/score</c>.</summary>
    public Uri ScoreAddress { get; private set; } = null!;

    /// <summary>All requests, in order of arrival.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = [];

    /// <summary>All images, in order of arrival.</summary>
    public ConcurrentQueue<FakeImage> Images { get; } = [];

    /// <summary>Streams that ended normally: their client ended them.</summary>
    public int EndedStreams => _endedStreams;

    /// <summary>Fails a request when it returns something.</summary>
    public Func<FakeRequest, Task<FakeFailure?>> OnRequest { get; set; } = _ => Task.FromResult<FakeFailure?>(null);

    /// <summary>Answers an image; null breaks the connection.</summary>
    public Func<FakeImage, CancellationToken, Task<FakeAnswer?>> OnImage { get; set; } =
        (image, _) => Task.FromResult<FakeAnswer?>(FakeAnswer.For(image.Data));

    /// <summary>Open streams.</summary>
    internal ConcurrentDictionary<HttpContext, bool> Streams { get; } = [];

    /// <summary>Breaks all open streams.</summary>
    public void CutStreams()
    {
        foreach (var stream in Streams.Keys)
        {
            stream.Abort();
        }
    }

    /// <summary>Starts a server on free loopback ports.</summary>
    public static async Task<FakeGateway> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc(options => (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (null, null));
        FakeGateway gateway = null!;
        builder.Services.AddSingleton(_ => gateway);
        var app = builder.Build();
        gateway = new FakeGateway(app);
        app.MapGrpcService<FakeEmbeddings>();
        app.MapPost("/{**path}", (HttpContext context) => FakeScore.HandleAsync(gateway, context));
        await app.StartAsync(cancellationToken);
        // In the order of the endpoints above.
        var addresses = app.Urls.ToArray();
        (gateway.GrpcAddress, gateway.ScoreAddress) = (new Uri(addresses[0]), new Uri(addresses[1]));
        return gateway;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    internal void StreamEnded() => Interlocked.Increment(ref _endedStreams);

    internal async Task<FakeFailure?> ReceiveAsync(FakeRequest request)
    {
        Requests.Enqueue(request);
        return await OnRequest(request);
    }

    internal Task<FakeAnswer?> AnswerAsync(FakeImage image, CancellationToken cancellationToken)
    {
        Images.Enqueue(image);
        return OnImage(image, cancellationToken);
    }
}
