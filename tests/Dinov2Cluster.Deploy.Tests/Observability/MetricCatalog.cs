using System.Text.RegularExpressions;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>Series that can be asked for: what hosts expose, and what rules record. With the labels of each.</summary>
internal sealed partial class MetricCatalog
{
    // Come with the target, whatever the metric is: from Prometheus, and on Kubernetes from the ServiceMonitor.
    private static readonly string[] _targetLabels = ["job", "instance", "namespace", "pod"];

    private readonly Dictionary<string, HashSet<string>> _labels = new(StringComparer.Ordinal)
    {
        // Prometheus' own: https://prometheus.io/docs/concepts/jobs_instances/ and https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
        ["up"] = [],
        ["ALERTS"] = ["alertname", "alertstate", "severity"],
    };

    /// <summary>Adds what a host exposes, in Prometheus' text format.</summary>
    public void Add(string exposition)
    {
        foreach (var line in exposition.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var name = line[..line.IndexOfAny(['{', ' '])];
            var labels = _labels.TryGetValue(name, out var known) ? known : _labels[name] = [];
            labels.UnionWith(Label().Matches(line).Select(match => match.Groups[1].Value));
        }
    }

    /// <summary>Adds what a rule records: its level names the labels that are left.</summary>
    public void Add(Rule recording) => _labels[recording.Name] = [.. recording.Name.Split(':')[0].Split('_')];

    /// <summary>What is wrong with an expression, a line each.</summary>
    public IEnumerable<string> Check(string expression)
    {
        var query = PromQl.Parse(expression);
        var all = new HashSet<string>(_targetLabels, StringComparer.Ordinal);
        foreach (var selector in query.Selectors)
        {
            if (selector.Metric is null || !_labels.TryGetValue(selector.Metric, out var labels))
            {
                yield return $"no metric {selector.Metric} in {expression}";
                continue;
            }

            all.UnionWith(labels);
            foreach (var label in selector.Labels.Where(label => !labels.Contains(label) && !_targetLabels.Contains(label)))
            {
                yield return $"{selector.Metric} has no label {label} in {expression}";
            }
        }

        foreach (var label in query.GroupLabels.Where(label => !all.Contains(label)))
        {
            yield return $"no label {label} to group by in {expression}";
        }

        if (expression.Contains("histogram_quantile", StringComparison.Ordinal)
            && !query.Metrics.All(metric => Bucket().IsMatch(metric) && (query.GroupLabels.Count == 0 || query.GroupLabels.Contains("le"))))
        {
            yield return $"a quantile of something else than buckets by le: {expression}";
        }
    }

    [GeneratedRegex("([a-zA-Z_][a-zA-Z0-9_]*)=\"")]
    private static partial Regex Label();

    [GeneratedRegex("_bucket(:|$)")]
    private static partial Regex Bucket();
}
