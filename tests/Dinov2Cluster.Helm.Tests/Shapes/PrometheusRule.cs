using System.Text.Json.Serialization;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule: its spec is a rule file of Prometheus.</summary>
internal sealed class PrometheusRule : CustomObject<PrometheusRule.RuleFile>
{
    internal sealed record RuleFile([property: JsonPropertyName("groups")] IReadOnlyList<Group> Groups);

    internal sealed record Group(
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("interval")] string? Interval,
        [property: JsonPropertyName("rules")] IReadOnlyList<Rule> Rules);

    internal sealed record Rule(
        [property: JsonPropertyName("record")] string? Record,
        [property: JsonPropertyName("alert")] string? Alert,
        [property: JsonPropertyName("expr")] string Expr,
        [property: JsonPropertyName("for")] string? For,
        [property: JsonPropertyName("keep_firing_for")] string? KeepFiringFor,
        [property: JsonPropertyName("labels")] IReadOnlyDictionary<string, string>? Labels,
        [property: JsonPropertyName("annotations")] IReadOnlyDictionary<string, string>? Annotations);
}
