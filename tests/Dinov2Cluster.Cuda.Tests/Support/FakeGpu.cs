using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cuda.Tests.Support;

/// <summary>A machine with stand-ins for GPUs, and the standalone host on it. The host ends with the test.</summary>
internal sealed class FakeGpu : IAsyncDisposable
{
    /// <summary>The model's name: a golden checkpoint, which the host compiles.</summary>
    public const string Model = "dinov2-nano";

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment = [];
    private HostProcess? _host;

    public FakeGpu(params ReadOnlySpan<(string Name, string Value)> switches)
    {
        Directory.CreateDirectory(_directory["libraries"]);
        foreach (var library in Directory.GetFiles(CudaBuild.Libraries))
        {
            File.CreateSymbolicLink(Path.Combine(_directory["libraries"], Path.GetFileName(library)), library);
        }

        GoldenData.CopyCheckpoint(Model, _directory["models"]);
        _environment["LD_LIBRARY_PATH"] = _directory["libraries"];
        _environment["XDG_CACHE_HOME"] = _directory["cache"];
        _environment["FAKECUDA_LOG"] = _directory["calls"];
        _environment["FAKECUDA_LOST"] = _directory["lost"];
        foreach (var (name, value) in switches)
        {
            _environment["FAKECUDA_" + name] = value;
        }
    }

    /// <summary>The calls that the stand-in has had until now.</summary>
    public IReadOnlyList<Call> Calls => File.Exists(_directory["calls"]) ? [.. File.ReadLines(_directory["calls"]).Select(Call.Parse)] : [];

    /// <summary>Takes a library from the machine.</summary>
    public FakeGpu Without(string library)
    {
        File.Delete(Path.Combine(_directory["libraries"], library));
        return this;
    }

    /// <summary>From now on, every call fails.</summary>
    public void Lose() => File.WriteAllText(_directory["lost"], "");

    /// <summary>Starts the host, with one GPU as its device.</summary>
    public HostProcess Start(params string[] arguments)
    {
        _host = StandaloneProcess.Start(
            Path.Combine(CudaBuild.Standalone, "Dinov2Cluster.Standalone.dll"),
            _environment,
            ["--Models:Repository", _directory["models"], "--Devices:0:Kind", "Cuda", "--Admission:MaxQueueTime", "00:10:00", .. arguments]);
        return _host;
    }

    /// <summary>Starts the host, and waits until it is ready.</summary>
    public async Task<HostProcess> StartReadyAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var host = Start(arguments);
        await host.WaitUntilReadyAsync(cancellationToken);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_host is not null)
            {
                await _host.DisposeAsync();
            }
        }
        finally
        {
            _directory.Dispose();
        }
    }
}
