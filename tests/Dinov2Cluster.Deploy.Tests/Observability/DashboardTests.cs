using System.Text.Json;
using System.Text.RegularExpressions;

namespace Dinov2Cluster.Deploy.Tests.Observability;

public sealed partial class DashboardTests
{
    private const int GridWidth = 24;

    // Grafana's own: https://grafana.com/docs/grafana/latest/dashboards/variables/add-template-variables/#global-variables
    private static readonly string[] _global = ["__rate_interval", "__range", "__all"];

    public static TheoryData<string> Files => [.. Dashboard.All.Select(dashboard => dashboard.File)];

    [Fact]
    public void There_is_a_dashboard_for_the_cluster_its_devices_and_its_models()
    {
        Assert.Equal(["devices.json", "models.json", "overview.json"], Dashboard.All.Select(dashboard => dashboard.File));
        Assert.Equal(["dinov2-devices", "dinov2-models", "dinov2-overview"], Dashboard.All.Select(dashboard => dashboard.Uid));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_panel_says_what_it_shows(string file)
    {
        foreach (var panel in Of(file).Charts)
        {
            var title = Dashboard.Title(panel);
            Assert.True(panel.GetProperty("description").GetString()!.Length > 10, title);
            Assert.True(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!.Length > 0, title);
            Assert.NotEqual(0, panel.GetProperty("targets").GetArrayLength());
            foreach (var source in panel.GetProperty("targets").EnumerateArray().Append(panel).Select(part => part.GetProperty("datasource")))
            {
                Assert.Equal(("prometheus", "${datasource}"), (source.GetProperty("type").GetString(), source.GetProperty("uid").GetString()));
            }

            if (panel.GetProperty("type").GetString() is "timeseries" or "state-timeline")
            {
                Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.NotEqual("", target.GetProperty("legendFormat").GetString()));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Panels_have_ids_and_places_of_their_own_and_fill_their_rows(string file)
    {
        var taken = new Dictionary<(int X, int Y), string>();
        var ids = new HashSet<int>();
        foreach (var panel in Of(file).Panels)
        {
            var (title, place) = (Dashboard.Title(panel), panel.GetProperty("gridPos"));
            Assert.True(ids.Add(panel.GetProperty("id").GetInt32()), title);
            var (left, top, width, height) = (Number(place, "x"), Number(place, "y"), Number(place, "w"), Number(place, "h"));
            Assert.True(left >= 0 && left + width <= GridWidth && top >= 0 && width > 0 && height > 0, title);
            for (var x = left; x < left + width; x++)
            {
                for (var y = top; y < top + height; y++)
                {
                    Assert.True(taken.TryAdd((x, y), title), $"{title} lies on {taken[(x, y)]}");
                }
            }
        }

        var bottom = taken.Keys.Max(cell => cell.Y) + 1;
        Assert.Equal(GridWidth * bottom, taken.Count);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_variable_that_is_used_is_defined_and_the_other_way_round(string file)
    {
        var dashboard = Of(file);
        var defined = dashboard.Variables.Select(variable => variable.GetProperty("name").GetString()!).Order(StringComparer.Ordinal).ToArray();
        var used = Variable().Matches(dashboard.Text).Select(match => match.Groups[1].Value).Except(_global).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(defined, used);
        Assert.All(
            dashboard.Variables.Where(variable => variable.GetProperty("type").GetString() == "query"),
            // What has no such label at all is everything too: Compose has no namespaces.
            variable => Assert.Equal(".*", variable.GetProperty("allValue").GetString()));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Alerts_are_marked_and_the_dashboards_link_to_each_other(string file)
    {
        var root = Of(file).Root;
        Assert.Contains(
            root.GetProperty("annotations").GetProperty("list").EnumerateArray(),
            annotation => annotation.GetProperty("enable").GetBoolean() && annotation.GetProperty("expr").GetString()!.Contains("ALERTS{", StringComparison.Ordinal));
        Assert.Contains(root.GetProperty("tags").EnumerateArray(), tag => tag.GetString() == "dinov2");
        Assert.Equal("dinov2", Assert.Single(root.GetProperty("links").EnumerateArray()).GetProperty("tags")[0].GetString());
    }

    private static Dashboard Of(string file) => Dashboard.All.Single(dashboard => dashboard.File == file);

    private static int Number(JsonElement place, string name) => place.GetProperty(name).GetInt32();

    [GeneratedRegex(@"\$\{?([a-zA-Z_][a-zA-Z0-9_]*)")]
    private static partial Regex Variable();
}
