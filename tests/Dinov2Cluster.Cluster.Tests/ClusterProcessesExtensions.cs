using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>Usual members of a test's cluster.</summary>
internal static class ClusterProcessesExtensions
{
    // Slow enough that a few clients keep two silos busy and the machine idle.
    private static readonly string[] _simulated =
        ["--Devices:0:Kind", "Simulated", "--Devices:0:Simulated:BaseLatency", "00:00:00.05", "--Batching:MaxBatchSize", "1"];

    /// <summary>Starts a silo with one simulated device.</summary>
    public static HostProcess StartSimulatedSilo(this ClusterProcesses cluster, string name) => cluster.StartSilo(name, _simulated);

    /// <summary>Starts two silos and a gateway, and waits until all are ready.</summary>
    public static async Task<(HostProcess[] Silos, HostProcess Gateway)> StartTwoSilosAsync(
        this ClusterProcesses cluster, CancellationToken cancellationToken, params string[] gatewayArguments)
    {
        HostProcess[] silos = [cluster.StartSimulatedSilo("silo-0"), cluster.StartSimulatedSilo("silo-1")];
        var gateway = cluster.StartGateway(gatewayArguments);
        await Task.WhenAll(silos.Append(gateway).Select(process => process.WaitUntilReadyAsync(cancellationToken)));
        return (silos, gateway);
    }
}
