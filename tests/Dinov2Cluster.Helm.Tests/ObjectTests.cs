using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

public sealed class ObjectTests
{
    // A label's value and a Service's name have at most so many characters; others may have more, and need none.
    private const int MaxName = 63;

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Every_object_is_one_that_the_API_server_would_take(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.NotEmpty(rendering.Objects);
        Assert.DoesNotContain("<no value>", rendering.Text, StringComparison.Ordinal);
        Assert.All(rendering.Objects, thing =>
        {
            Assert.Matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", thing.Name());
            Assert.InRange(thing.Name().Length, 1, MaxName);
            Assert.All(thing.Labels(), label => Assert.Matches("^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$", label.Value));
        });
        Assert.Distinct(rendering.Objects.Select(thing => (thing.Kind, thing.Namespace(), thing.Name())));
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Every_object_says_where_and_whose_it_is(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Objects, thing =>
        {
            Assert.Equal(thing is V1ConfigMap && values == "everything" && thing.Name().Contains("-dashboard-", StringComparison.Ordinal) ? "monitoring" : Chart.Namespace, thing.Namespace());
            Assert.Equal("dinov2-cluster", thing.GetLabel("app.kubernetes.io/name"));
            Assert.Equal(Chart.Release, thing.GetLabel("app.kubernetes.io/instance"));
            Assert.False(string.IsNullOrEmpty(thing.GetLabel("app.kubernetes.io/component")));
            Assert.Equal("Helm", thing.GetLabel("app.kubernetes.io/managed-by"));
        });
    }

    [Fact]
    public async Task A_long_release_name_stays_within_what_names_may_have()
    {
        var pool = new string('p', 16);
        var result = await Rendering.WithAsync(
            "everything", "--set", "fullnameOverride=" + new string('n', 70), "--set", $"silo.pools[0].name={pool}", "--set", "models.delivery=claim");

        Assert.All(result.Objects, thing => Assert.InRange(thing.Name().Length, 1, MaxName));
    }

    [Fact]
    public async Task Two_renderings_differ_in_generated_secrets_alone()
    {
        var first = await Rendering.OfAsync(Chart.Defaults);
        var second = await Rendering.WithAsync(Chart.Defaults);

        var differing = first.Text.Split("\n---\n").Except(second.Text.Split("\n---\n"), StringComparer.Ordinal);
        Assert.All(differing, document => Assert.Contains("\nkind: Secret\n", document, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Common_labels_are_on_every_object_and_pod()
    {
        var rendering = await Rendering.OfAsync("everything");

        Assert.All(rendering.Objects, thing => Assert.Equal("vision", thing.GetLabel("team")));
        Assert.All(rendering.Workloads, workload => Assert.Equal("vision", workload.Labels["team"]));
    }
}
