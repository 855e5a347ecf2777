using System.Globalization;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>The standalone host as a user runs it: a process of its own, first run, empty cache.</summary>
public sealed class StandaloneFixture : IAsyncLifetime
{
    private readonly string _cache = Directory.CreateTempSubdirectory("dinov2-cache-").FullName;
    private HostProcess? _host;

    internal HostProcess Host => _host ?? throw new InvalidOperationException("Not started.");

    internal string Cache => _cache;

    public async ValueTask InitializeAsync()
    {
        _host = Start(_cache);
        await _host.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        Directory.Delete(_cache, recursive: true);
    }

    /// <summary>Starts a host on free ports; what needs a model repository uses the cache directory given.</summary>
    internal static HostProcess Start(string cache, params string[] arguments)
    {
        var ports = FreePort.Take(3).Select(port => port.ToString(CultureInfo.InvariantCulture)).ToArray();
        var address = new Uri("http://127.0.0.1:" + ports[0]);
        string[] own =
        [
            "--urls", address.ToString(),
            "--Cluster:SiloPort", ports[1],
            "--Cluster:PrimaryPort", ports[1],
            "--Cluster:GatewayPort", ports[2],
        ];
        return HostProcess.Start(
            "Dinov2Cluster.Standalone.dll",
            address,
            [.. own, .. arguments],
            new Dictionary<string, string> { ["XDG_CACHE_HOME"] = cache });
    }
}
