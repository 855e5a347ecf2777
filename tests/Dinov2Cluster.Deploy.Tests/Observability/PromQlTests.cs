namespace Dinov2Cluster.Deploy.Tests.Observability;

public sealed class PromQlTests
{
    [Theory]
    [InlineData("up", "up", "")]
    [InlineData("sum by (a, b) (rate(x_total{c=\"d\", e=~\"f|g{}\"}[5m])) / on (h) group_left (i) y", "x_total y", "a b h i")]
    [InlineData("histogram_quantile(0.99, sum(rate(x_bucket[1m])) by (le)) > 14.4 * 0.001", "x_bucket", "le")]
    [InlineData("job:x:rate5m{j=\"k\"} or 0 * y unless z offset 5m", "job:x:rate5m y z", "")]
    [InlineData("label_values({__name__=~\"x|y\", a=\"b\"}, c)", "x y c", "")]
    [InlineData("min_over_time(x[10m:1m]) == bool 1", "x", "")]
    public void Metrics_and_labels_of_groups_are_found(string expression, string metrics, string labels)
    {
        var query = PromQl.Parse(expression);

        Assert.Equal(metrics, string.Join(' ', query.Metrics));
        Assert.Equal(labels, string.Join(' ', query.GroupLabels));
    }

    [Fact]
    public void Labels_of_matchers_belong_to_their_metric()
    {
        var query = PromQl.Parse("x{a=\"1\", b!~\"2\"} + y{c=\"}\"}");

        Assert.Equal(["x: a b", "y: c"], query.Selectors.Select(selector => $"{selector.Metric}: {string.Join(' ', selector.Labels)}"));
    }

    [Fact]
    public void What_is_no_expression_is_refused() => Assert.Throws<FormatException>(() => PromQl.Parse("x ; y"));
}
