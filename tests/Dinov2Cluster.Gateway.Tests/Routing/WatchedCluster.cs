using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Tests.Routing;

/// <summary>Members and catalogs as a test sets them.</summary>
internal sealed class WatchedCluster : IClusterMembers, IClusterCatalog
{
    private readonly Channel<SiloMember> _asked = Channel.CreateUnbounded<SiloMember>();

    /// <summary>The members; null when they can't be read.</summary>
    public IReadOnlyList<SiloMember>? Members { get; set; } = [];

    /// <summary>What each silo answers; one without an entry can't be reached.</summary>
    public ConcurrentDictionary<string, Func<Task<SiloCatalog>>> Catalogs { get; } = new(StringComparer.Ordinal);

    /// <summary>Silos in the order that they were asked.</summary>
    public ConcurrentQueue<SiloMember> Asked { get; } = new();

    public static SiloMember Member(string name, int port = 30000) => new(name, SiloAddress.New(IPAddress.Loopback, port, 0));

    public static SiloCatalog Catalog(string silo, long images = 0, string model = "m") => new(
        silo,
        Draining: false,
        [new(new DeviceAddress(silo, "cpu:0", model), EmbeddingSize: 384, ShortestEdge: 256, CropSize: 224, Checksum: "1", new([0.001]), QueueDepth: 0, Computing: 0, images, PatchTokens: 0, PixelNormalization.Published)]);

    /// <summary>Makes the silos members that answer.</summary>
    public void Serve(params string[] silos)
    {
        Members = [.. silos.Select(silo => Member(silo))];
        foreach (var silo in silos)
        {
            Answer(Catalog(silo));
        }
    }

    public void Answer(SiloCatalog catalog) => Catalogs[catalog.Silo] = () => Task.FromResult(catalog);

    /// <summary>Lets the silo take a call and never answer it.</summary>
    public void Hang(string silo) => Catalogs[silo] = () => new TaskCompletionSource<SiloCatalog>().Task;

    /// <summary>Waits until a catalog was asked for.</summary>
    public async Task AskedAsync() =>
        await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken) =>
        Members is null ? Task.FromException<IReadOnlyList<SiloMember>>(new TimeoutException()) : Task.FromResult(Members);

    public Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken)
    {
        Asked.Enqueue(silo);
        try
        {
            return Catalogs.TryGetValue(silo.Name, out var answer) ? answer() : Task.FromException<SiloCatalog>(new TimeoutException());
        }
        finally
        {
            _asked.Writer.TryWrite(silo);
        }
    }
}
