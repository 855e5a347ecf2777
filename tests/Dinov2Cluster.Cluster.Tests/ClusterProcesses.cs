using System.Globalization;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>One silo and one gateway as processes of their own, on free ports, with the golden nano checkpoint.</summary>
internal sealed class ClusterProcesses : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dinov2-cluster-").FullName;
    private readonly string[] _ports = [.. FreePort.Take(4).Select(port => port.ToString(CultureInfo.InvariantCulture))];
    private readonly List<HostProcess> _processes = [];

    public ClusterProcesses()
    {
        var model = Directory.CreateDirectory(Path.Combine(_directory, "models", "dinov2-nano")).FullName;
        foreach (var file in Directory.GetFiles(GoldenData.Checkpoint("dinov2-nano")))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
    }

    public HostProcess StartSilo()
    {
        var address = new Uri("http://127.0.0.1:" + _ports[2]);
        return Add(HostProcess.Start(
            "Dinov2Cluster.Silo.dll",
            address,
            [.. ClusterArguments, "--Silo:HttpUrl", address.ToString(), "--Models:Repository", Path.Combine(_directory, "models")]));
    }

    public HostProcess StartGateway()
    {
        var address = new Uri("http://127.0.0.1:" + _ports[3]);
        return Add(HostProcess.Start("Dinov2Cluster.Gateway.dll", address, [.. ClusterArguments, "--urls", address.ToString()]));
    }

    private string[] ClusterArguments =>
        ["--Cluster:SiloPort", _ports[0], "--Cluster:PrimaryPort", _ports[0], "--Cluster:GatewayPort", _ports[1]];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private HostProcess Add(HostProcess process)
    {
        _processes.Add(process);
        return process;
    }
}
