using Dinov2Cluster.Cli.Bench;

namespace Dinov2Cluster.Cli.Tests.Bench;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Quantiles_are_those_of_the_sorted_times_to_one_percent()
    {
        var random = new Random(1);
        var times = Enumerable.Range(0, 10_000).Select(_ => TimeSpan.FromSeconds(Math.Pow(10, (random.NextDouble() * 7) - 5))).ToArray();
        var histogram = new LatencyHistogram();

        Parallel.ForEach(times, histogram.Add);

        Array.Sort(times);
        foreach (var part in (double[])[0.001, 0.5, 0.9, 0.99, 1])
        {
            var exact = times[(int)Math.Ceiling(part * times.Length) - 1].TotalSeconds;
            Assert.Equal(1, histogram.Quantile(part)!.Value.TotalSeconds / exact, 0.01);
        }

        Assert.Equal(times[^1], histogram.Max);
    }

    [Fact]
    public void Times_beyond_its_buckets_are_counted_in_the_outer_ones()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.Zero);
        histogram.Add(TimeSpan.FromDays(1));

        Assert.True(histogram.Quantile(0.5) < TimeSpan.FromMicroseconds(2));
        Assert.True(histogram.Quantile(1) > TimeSpan.FromMinutes(10));
        Assert.Equal(TimeSpan.FromDays(1), histogram.Max);
    }

    [Fact]
    public void Without_times_there_is_no_quantile() => Assert.Null(new LatencyHistogram().Quantile(0.5));
}
