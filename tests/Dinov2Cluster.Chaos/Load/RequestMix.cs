namespace Dinov2Cluster.Chaos.Load;

/// <summary>Draws requests: how many images, which ones, and when the next one comes.</summary>
/// <param name="images">To draw from.</param>
/// <param name="weights">How often a request has 1, 2, 3, ... images, in relation to each other.</param>
/// <param name="random">Draws. One thread at a time.</param>
internal sealed class RequestMix(KnownImage[] images, double[] weights, Random random)
{
    private readonly double _total = weights.Sum();

    /// <summary>Mostly small requests, up to eight images.</summary>
    public static double[] MostlySmall { get; } = [50, 20, 10, 8, 3, 3, 3, 3];

    /// <summary>One image each.</summary>
    public static double[] Single { get; } = [1];

    /// <summary>Mean images of a request.</summary>
    public double MeanImages => weights.Select((weight, index) => weight * (index + 1)).Sum() / _total;

    /// <summary>The next request.</summary>
    public KnownImage[] Next()
    {
        var draw = random.NextDouble() * _total;
        var count = 1;
        while (count < weights.Length && (draw -= weights[count - 1]) >= 0)
        {
            count++;
        }

        var request = new KnownImage[count];
        for (var index = 0; index < count; index++)
        {
            request[index] = images[random.Next(images.Length)];
        }

        return request;
    }

    /// <summary>Time until the next request of independent users (a Poisson process).</summary>
    /// <param name="imagesPerSecond">Mean rate.</param>
    public TimeSpan NextGap(double imagesPerSecond) => TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) * MeanImages / imagesPerSecond);

    /// <summary>One of them, drawn evenly.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
