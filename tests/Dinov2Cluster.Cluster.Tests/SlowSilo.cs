using System.Globalization;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>Silos that compute one image at a time, slowly enough that a test can act in the middle of it.</summary>
internal static class SlowSilo
{
    /// <summary>Lets a gateway admit more than such a silo does in the usual time.</summary>
    public static string[] Patient { get; } = ["--Admission:MaxQueueTime", "00:01:00"];

    /// <summary>Starts one with one simulated device.</summary>
    public static HostProcess StartSlowSilo(this ClusterProcesses cluster, string name, TimeSpan perImage) => cluster.StartSilo(
        name,
        "--Devices:0:Kind", "Simulated",
        "--Devices:0:Simulated:BaseLatency", perImage.ToString("c", CultureInfo.InvariantCulture),
        "--Devices:0:Simulated:LatencyPerImage", "00:00:00",
        "--Batching:MaxBatchSize", "1");

    /// <summary>Waits until so many images wait for the silo's devices, beside those being computed.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="images">How many.</param>
    /// <param name="requests">Those that bring the images; what they throw ends the wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="label">Counts only the series whose labels hold it.</param>
    public static async Task WaitForQueueAsync(
        this HostProcess silo, int images, Task requests, CancellationToken cancellationToken, string label = "")
    {
        await Until.TrueAsync(
            async () => requests.IsCompleted || await silo.SumAsync("dinov2_queue_depth", cancellationToken, label) >= images, cancellationToken);
        if (requests.IsCompleted)
        {
            await requests;
            Assert.Fail("The requests were answered before they made a queue.");
        }
    }
}
