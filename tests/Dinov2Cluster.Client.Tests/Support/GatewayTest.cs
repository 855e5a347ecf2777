using System.Text;
using Dinov2Cluster.Client.TestServer;

namespace Dinov2Cluster.Client.Tests.Support;

/// <summary>A test against a server in this process.</summary>
public abstract class GatewayTest : IAsyncLifetime
{
    private readonly List<Dinov2Client> _clients = [];

    private protected FakeGateway Gateway { get; private set; } = null!;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Gateway = await FakeGateway.StartAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await Gateway.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Uri Address(Dinov2Protocol protocol) => protocol == Dinov2Protocol.Grpc ? Gateway.GrpcAddress : Gateway.ScoreAddress;

    private protected Dinov2Client Client(Dinov2Protocol protocol, Action<Dinov2ClientOptions>? configure = null, TimeProvider? time = null)
    {
        // No back-off by default: waits are only as long as the server asks for.
        var options = new Dinov2ClientOptions
        {
            Address = Address(protocol),
            Protocol = protocol,
            RetryBaseDelay = TimeSpan.Zero,
        };
        configure?.Invoke(options);
        var client = new Dinov2Client(options, loggerFactory: null, time, new Random(1));
        _clients.Add(client);
        return client;
    }

    private protected static byte[] Image(int index) => Encoding.UTF8.GetBytes($"image {index}");

    private protected static ImageSource Source(int index) => ImageSource.FromBytes(Image(index));

    private protected static IEnumerable<ImageSource> Sources(int count) => Enumerable.Range(0, count).Select(Source);

    private protected static void CheckFeatures(byte[] image, ImageEmbedding embedding)
    {
        Assert.Equal(FakeAnswer.For(image).Features, embedding.Features.ToArray());
        Assert.Equal((1, 4, FakeGateway.Model), (embedding.Vectors, embedding.Dimensions, embedding.Model));
    }

    /// <summary>Every image has its own features, in order.</summary>
    private protected static void CheckAll(IReadOnlyList<EmbedResult> results, int count)
    {
        Assert.Equal(Enumerable.Range(0, count).Select(index => (long)index), results.Select(result => result.Index));
        foreach (var result in results)
        {
            CheckFeatures(Image((int)result.Index), result.GetEmbedding());
        }
    }
}
