using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>A standalone host that serves the three golden checkpoints.</summary>
public sealed class GoldenStandalone : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dinov2-standalone-").FullName;
    private HostProcess? _host;

    internal HostProcess Host => _host ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        foreach (var name in new[] { "dinov2-nano", "dinov2-nano-swiglu", "dinov2-nano-registers" })
        {
            GoldenData.CopyCheckpoint(name, Path.Combine(_directory, "models"));
        }

        _host = StandaloneProcess.Start(
            _directory, "--Models:Repository", Path.Combine(_directory, "models"), "--Models:Default", "dinov2-nano", "--Admission:MaxImages", "4096",
            "--Admission:MaxQueueTime", "00:10:00");
        await _host.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
