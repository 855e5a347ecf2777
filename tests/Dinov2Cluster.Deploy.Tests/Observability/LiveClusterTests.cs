using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>Dashboards and rules against what running hosts expose.</summary>
public sealed class LiveClusterTests(LiveCluster cluster) : IClassFixture<LiveCluster>
{
    private static readonly Rule[] _rules = Rule.ReadAll();

    private static IEnumerable<DashboardQuery> PanelQueries => Dashboard.All.SelectMany(dashboard => dashboard.PanelQueries);

    [Fact(Timeout = 120_000)]
    public async Task Every_metric_and_label_that_dashboards_and_rules_name_is_exposed_or_recorded()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        var catalog = new MetricCatalog();
        catalog.Add(await cluster.ReadMetricsAsync(cancellation));
        foreach (var rule in _rules.Where(rule => rule.Record is not null))
        {
            catalog.Add(rule);
        }

        var variables = Dashboard.All.SelectMany(dashboard => dashboard.VariableQueries)
            .SelectMany(variable => catalog.Check($"count by ({variable.Label}) ({variable.Query.Expression})"));
        var queries = PanelQueries.Concat(Dashboard.All.SelectMany(dashboard => dashboard.AnnotationQueries)).Select(query => query.Expression)
            .Concat(_rules.Select(rule => rule.Expression))
            .SelectMany(catalog.Check);

        Assert.Empty(variables.Concat(queries).Distinct());
    }

    [Fact(Timeout = 240_000)]
    public async Task Prometheus_answers_every_query_of_the_dashboards_and_evaluates_every_rule()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.NotInstalled);
        Assert.SkipUnless(Programs.Prometheus is not null, Programs.NotInstalled);
        var cancellation = TestContext.Current.CancellationToken;
        await using var prometheus = await PrometheusServer.StartAsync(cluster, cancellation);

        foreach (var annotation in Dashboard.All.SelectMany(dashboard => dashboard.AnnotationQueries))
        {
            // Nothing need have happened: what counts is that it is understood.
            await prometheus.CountAsync(annotation.Expression, cancellation);
        }

        var waiting = PanelQueries.Select(query => (Name: query.ToString(), query.Expression))
            .Concat(_rules.Where(rule => rule.Record is not null).Select(rule => (rule.Name, Expression: rule.Name))).ToList();
        try
        {
            await Until.TrueAsync(
                async () =>
                {
                    foreach (var query in waiting.ToArray())
                    {
                        if (await prometheus.CountAsync(query.Expression, cancellation) > 0)
                        {
                            waiting.Remove(query);
                        }
                    }

                    return waiting.Count == 0;
                },
                cancellation);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail("Without an answer:\n" + string.Join('\n', waiting.Select(query => query.Name)));
        }

        await Until.TrueAsync(async () => (await prometheus.ReadRulesAsync(cancellation)).AllEvaluated, cancellation);
        Assert.Empty((await prometheus.ReadRulesAsync(cancellation)).Errors);
    }
}
