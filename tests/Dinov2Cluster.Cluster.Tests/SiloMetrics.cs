using System.Globalization;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>Reads a silo's <c>/metrics</c>.</summary>
internal static class SiloMetrics
{
    /// <summary>Images that the silo has answered, over the series whose labels hold <paramref name="label"/>.</summary>
    public static async Task<long> ImagesAsync(this HostProcess silo, CancellationToken cancellationToken, string label = "")
    {
        var metrics = await silo.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
        return metrics.Split('\n')
            .Where(line => line.StartsWith("dinov2_images_total{", StringComparison.Ordinal)
                && line.Contains("outcome=\"ok\"", StringComparison.Ordinal)
                && line.Contains(label, StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until the silo has answered more images than now.</summary>
    public static async Task WaitForWorkAsync(this HostProcess silo, CancellationToken cancellationToken, string label = "")
    {
        var before = await silo.ImagesAsync(cancellationToken, label);
        await Until.TrueAsync(async () => await silo.ImagesAsync(cancellationToken, label) > before, cancellationToken);
    }
}
