using Dinov2Cluster.Helm.Tests.Shapes;
using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

public sealed class SelectorTests
{
    private static readonly string[] _stable = ["app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/name"];

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task A_deployment_selects_its_own_pods_and_no_others(string values)
    {
        var workloads = (await Rendering.OfAsync(values)).Workloads.ToList();

        Assert.All(workloads.Where(workload => workload.Deployment is not null), workload =>
            Assert.Same(workload, Assert.Single(workloads, other => other.IsSelectedBy(workload.Deployment!.Spec.Selector.MatchLabels))));
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task A_deployment_selects_by_labels_that_an_upgrade_does_not_change(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Workloads.Where(workload => workload.Deployment is not null), workload =>
        {
            string[] pool = workload.Component == "silo" ? ["dinov2-cluster/pool"] : [];
            Assert.Equal(_stable.Concat(pool), workload.Deployment!.Spec.Selector.MatchLabels.Keys.Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public async Task Pods_are_not_replaced_for_a_new_version_of_the_chart_alone()
    {
        var labels = (await Rendering.OfAsync(Chart.Defaults)).Workloads.Where(workload => workload.Deployment is not null).SelectMany(workload => workload.Labels.Keys);

        Assert.DoesNotContain("helm.sh/chart", labels);
        Assert.DoesNotContain("app.kubernetes.io/version", labels);
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task A_service_selects_pods_of_its_own_component(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.All<V1Service>(), service =>
        {
            var selected = rendering.Workloads.Where(workload => workload.IsSelectedBy(service.Spec.Selector)).ToList();
            Assert.NotEmpty(selected);
            Assert.All(selected, workload => Assert.Equal(service.GetLabel("app.kubernetes.io/component"), workload.Component));
        });
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task A_disruption_budget_is_for_one_workload_and_never_stops_a_drain(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.All<V1PodDisruptionBudget>(), budget =>
        {
            var workload = Assert.Single(rendering.Workloads, workload => workload.IsSelectedBy(budget.Spec.Selector.MatchLabels));
            Assert.Equal(budget.Name(), workload.Name);
            Assert.NotEqual("0", budget.Spec.MaxUnavailable.ToString());
            Assert.Equal("AlwaysAllow", budget.Spec.UnhealthyPodEvictionPolicy);
        });
        if (values != "minimal")
        {
            Assert.Equal(1 + rendering.Silos.Count(), rendering.All<V1PodDisruptionBudget>().Count());
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Replicas_are_set_by_the_chart_or_by_an_autoscaler(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        string[] scaled =
        [
            .. rendering.All<V2HorizontalPodAutoscaler>().Select(scaler => scaler.Spec.ScaleTargetRef.Name),
            .. rendering.All<ScaledObject>().Select(scaler => scaler.Spec.ScaleTargetRef.Name),
        ];

        Assert.Distinct(scaled);
        Assert.All(scaled, name => Assert.Null(rendering.Get<V1Deployment>(name).Spec.Replicas));
        Assert.All(rendering.All<V1Deployment>().Where(deployment => !scaled.Contains(deployment.Name())), deployment => Assert.NotNull(deployment.Spec.Replicas));
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Gateways_and_silos_are_spread_over_nodes(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Workloads.Where(workload => workload.Component is "gateway" or "silo"), workload =>
        {
            Assert.Contains(workload.Pod.TopologySpreadConstraints, constraint => constraint.TopologyKey == "kubernetes.io/hostname");
            Assert.All(workload.Pod.TopologySpreadConstraints, constraint => Assert.Equal(workload.Deployment!.Spec.Selector.MatchLabels, constraint.LabelSelector.MatchLabels));
        });
    }
}
