using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.Observability;

public sealed partial class RuleTests
{
    private static readonly Rule[] _rules = Rule.ReadAll();

    private static IEnumerable<Rule> Alerts => _rules.Where(rule => rule.Alert is not null);

    [Fact]
    public void Every_alert_says_how_bad_it_is_what_it_means_and_what_to_do()
    {
        Assert.NotEmpty(Alerts);
        foreach (var alert in Alerts)
        {
            Assert.Matches("^Dinov2[A-Z][A-Za-z]+$", alert.Alert);
            Assert.Contains(alert.Labels["severity"], (string[])["critical", "warning", "info"]);
            Assert.All((string[])["summary", "description"], name => Assert.True(alert.Annotations[name].Length > 10, alert.Alert));
            Assert.StartsWith("1. ", alert.Annotations["runbook"], StringComparison.Ordinal);
            Assert.Matches(@"^docs/operations\.md#[a-z0-9-]+$", alert.Annotations["runbook_url"]);
        }
    }

    [Fact]
    public void Alerts_that_a_runbook_names_exist()
    {
        var names = Alerts.Select(alert => alert.Alert).ToHashSet();

        Assert.All(
            Alerts.SelectMany(alert => AlertName().Matches(alert.Annotations["runbook"])).Select(match => match.Value).Where(name => name != "Dinov2Cluster"),
            name => Assert.Contains(name, names));
    }

    [Fact]
    public async Task Runbooks_link_to_headings_of_the_operations_guide()
    {
        var guide = Path.Combine(RepositoryRoot.Path, "docs", "operations.md");
        Assert.SkipUnless(File.Exists(guide), "docs/operations.md is not here.");
        var headings = (await File.ReadAllLinesAsync(guide, TestContext.Current.CancellationToken))
            .Where(line => line.StartsWith('#'))
            .Select(line => line.TrimStart('#', ' ').ToLowerInvariant().Replace(' ', '-'))
            .ToHashSet();

        Assert.All(Alerts, alert => Assert.Contains(alert.Annotations["runbook_url"].Split('#')[1], headings));
    }

    [Fact]
    public async Task Every_alert_is_raised_by_a_test()
    {
        var tests = await File.ReadAllTextAsync(DeployFiles.AlertTests, TestContext.Current.CancellationToken);

        Assert.All(Alerts, alert => Assert.Contains($"ALERTS{{alertname=\"{alert.Alert}\"", tests, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_recording_is_used_and_named_by_its_level_metric_and_operation()
    {
        var expressions = _rules.Select(rule => rule.Expression)
            .Concat(Dashboard.All.SelectMany(dashboard => dashboard.PanelQueries).Select(query => query.Expression));
        var used = expressions.SelectMany(expression => PromQl.Parse(expression).Metrics).ToHashSet();

        Assert.All(_rules.Where(rule => rule.Record is not null), rule =>
        {
            Assert.Matches("^[a-z_]+:dinov2_[a-z_]+:[a-z0-9_]+$|^[a-z]+:dinov2_[a-z]+:ratio$", rule.Record);
            Assert.Contains(rule.Name, used);
        });
    }

    [Fact]
    public void Names_are_given_once_but_for_the_parts_of_one_series()
    {
        var names = _rules.Select(rule => $"{rule.Name} {string.Join(',', rule.Labels.Where(label => label.Key == "stage"))}").ToArray();

        Assert.Equal(names.Distinct(), names);
    }

    [GeneratedRegex("Dinov2[A-Z][A-Za-z]+")]
    private static partial Regex AlertName();
}
