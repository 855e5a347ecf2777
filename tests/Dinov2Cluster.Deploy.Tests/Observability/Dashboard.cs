using System.Text.Json;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>A dashboard of <c>deploy/grafana/dashboards</c>.</summary>
internal sealed class Dashboard
{
    private Dashboard(string file)
    {
        File = Path.GetFileName(file);
        Text = System.IO.File.ReadAllText(file);
        Root = JsonDocument.Parse(Text).RootElement;
    }

    public static Dashboard[] All { get; } =
        [.. Directory.GetFiles(Path.Combine(DeployFiles.Grafana, "dashboards"), "*.json").Order(StringComparer.Ordinal).Select(file => new Dashboard(file))];

    public string File { get; }

    public string Text { get; }

    public JsonElement Root { get; }

    public string Uid => Root.GetProperty("uid").GetString()!;

    /// <summary>Rows and panels, in the order of the file.</summary>
    public IEnumerable<JsonElement> Panels => Root.GetProperty("panels").EnumerateArray();

    /// <summary>Panels that show something.</summary>
    public IEnumerable<JsonElement> Charts => Panels.Where(panel => panel.GetProperty("type").GetString() != "row");

    public IEnumerable<JsonElement> Variables => Root.GetProperty("templating").GetProperty("list").EnumerateArray();

    /// <summary>Expressions of the panels.</summary>
    public IEnumerable<DashboardQuery> PanelQueries => Charts.SelectMany(
        panel => panel.GetProperty("targets").EnumerateArray(),
        (panel, target) => new DashboardQuery(File, Title(panel), target.GetProperty("expr").GetString()!));

    /// <summary>Expressions of the annotations.</summary>
    public IEnumerable<DashboardQuery> AnnotationQueries => Root.GetProperty("annotations").GetProperty("list").EnumerateArray()
        .Select(annotation => new DashboardQuery(File, annotation.GetProperty("name").GetString()!, annotation.GetProperty("expr").GetString()!));

    /// <summary>Selectors that the variables take their values from, with the label that they take.</summary>
    public IEnumerable<(DashboardQuery Query, string Label)> VariableQueries => Variables
        .Where(variable => variable.GetProperty("type").GetString() == "query")
        .Select(variable =>
        {
            var definition = variable.GetProperty("query").GetProperty("query").GetString()!;
            Assert.StartsWith("label_values(", definition, StringComparison.Ordinal);
            var comma = definition.LastIndexOf(',');
            var query = new DashboardQuery(File, variable.GetProperty("name").GetString()!, definition["label_values(".Length..comma]);
            return (query, definition[(comma + 1)..^1].Trim());
        });

    public static string Title(JsonElement panel) => panel.GetProperty("title").GetString()!;
}
