using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;
using Dinov2Cluster.TestSupport.Markdown;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>The alerts and docs/operations.md know each other.</summary>
public sealed partial class RunbookTests
{
    private static readonly string _rules = Path.Combine(RepositoryRoot.Path, "deploy/prometheus/rules/alerts.yml");

    [Fact]
    public void Every_alert_links_to_a_section_of_its_own_and_there_is_no_other()
    {
        var rules = File.ReadAllText(_rules);
        var operations = new MarkdownFile("docs/operations.md");
        var alerts = Alert().Matches(rules).Select(alert => alert.Groups[1].Value.ToLowerInvariant()).ToArray();
        var links = Link().Matches(rules).Select(link => link.Groups[1].Value).ToArray();

        Assert.NotEmpty(alerts);
        Assert.Equal(alerts.Order(StringComparer.Ordinal), operations.Anchors.Where(anchor => anchor.StartsWith("dinov2", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(alerts, links);
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"runbook_url: \S*docs/operations\.md#(\S+)")]
    private static partial Regex Link();
}
