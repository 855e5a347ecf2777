using System.Globalization;

namespace Dinov2Cluster.TestSupport;

/// <summary>Reads a silo's <c>/metrics</c>.</summary>
public static class SiloMetrics
{
    private static readonly Uri _route = new("/metrics", UriKind.Relative);

    /// <summary>Images that the silo has answered, over the series whose labels hold <paramref name="label"/>.</summary>
    public static async Task<long> ImagesAsync(this ITestHost silo, CancellationToken cancellationToken, string label = "") =>
        (long)await silo.SumAsync("dinov2_images_total", cancellationToken, "outcome=\"ok\"", label);

    /// <summary>Waits until the silo has answered more images than now.</summary>
    public static async Task WaitForWorkAsync(this ITestHost silo, CancellationToken cancellationToken, string label = "")
    {
        var before = await silo.ImagesAsync(cancellationToken, label);
        await Until.TrueAsync(async () => await silo.ImagesAsync(cancellationToken, label) > before, cancellationToken);
    }

    /// <summary>A metric's values, summed over the series whose labels hold every one of <paramref name="labels"/>; 0 when there is none.</summary>
    public static async Task<double> SumAsync(
        this ITestHost host, string metric, CancellationToken cancellationToken, params string[] labels)
    {
        var metrics = await host.Http.GetStringAsync(_route, cancellationToken);
        return metrics.Split('\n')
            .Where(line => line.StartsWith(metric + "{", StringComparison.Ordinal)
                && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
