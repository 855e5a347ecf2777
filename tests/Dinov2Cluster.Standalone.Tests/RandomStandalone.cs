using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>A standalone host without a setting: it serves a random model.</summary>
public sealed class RandomStandalone : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private HostProcess? _host;

    internal HostProcess Host => _host ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _host = StandaloneProcess.Start(_directory.Path);
        await _host.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _directory.Dispose();
    }
}
