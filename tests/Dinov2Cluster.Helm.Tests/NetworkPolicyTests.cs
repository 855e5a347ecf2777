using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

public sealed class NetworkPolicyTests
{
    private static readonly string[] _callers = ["gateway", "silo"];
    private static readonly string[] _everywhere = ["0.0.0.0/0", "::/0"];
    private static readonly string[] _clusterNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Every_pod_that_stays_has_a_policy_for_both_directions(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        if (values == "minimal")
        {
            Assert.Empty(rendering.All<V1NetworkPolicy>());
            return;
        }

        Assert.All(rendering.Workloads.Where(workload => workload.Component != "test"), workload =>
        {
            var policy = Assert.Single(rendering.All<V1NetworkPolicy>(), policy => workload.IsSelectedBy(policy.Spec.PodSelector.MatchLabels));
            Assert.Equal(["Ingress", "Egress"], policy.Spec.PolicyTypes);
        });
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Silos_are_reached_by_silos_and_gateways_alone(string values)
    {
        if (values == "minimal")
        {
            return;
        }

        var rendering = await Rendering.OfAsync(values);
        var ingress = Policy(rendering, "silo").Spec.Ingress;

        Assert.Equal([11111, 30000, 9090], ingress.SelectMany(Ports));
        Assert.Equal(["silo"], From(rendering, ingress, 11111));
        Assert.Equal(["gateway"], From(rendering, ingress, 30000));
        AssertMonitoring(ingress, 9090);
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Metrics_of_the_gateway_are_for_the_monitoring_and_the_rest_for_callers(string values)
    {
        if (values == "minimal")
        {
            return;
        }

        var rendering = await Rendering.OfAsync(values);
        var ingress = Policy(rendering, "gateway").Spec.Ingress;

        Assert.Equal([8080, 8081, 8082], ingress.SelectMany(Ports));
        AssertMonitoring(ingress, 8082);
        var callers = Rule(ingress, 8080).FromProperty;
        if (values == "ingress")
        {
            Assert.Equal("ingress-nginx", callers[0].NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
            Assert.Contains(callers, peer => peer.PodSelector is { } pods && rendering.Workloads.Single(workload => workload.Component == "test").IsSelectedBy(pods.MatchLabels));
        }
        else
        {
            Assert.Null(callers);
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Image_URLs_reach_neither_the_clouds_metadata_nor_the_cluster(string values)
    {
        if (values == "minimal")
        {
            return;
        }

        var rendering = await Rendering.OfAsync(values);
        foreach (var component in _callers)
        {
            var wide = Policy(rendering, component).Spec.Egress.SelectMany(rule => rule.To ?? []).Select(peer => peer.IpBlock).OfType<V1IPBlock>()
                .Where(block => block.Cidr.EndsWith("/0", StringComparison.Ordinal)).ToList();
            Assert.All(wide.Where(block => block.Cidr == "0.0.0.0/0"), block => Assert.Superset(
                _clusterNetworks.Append("169.254.0.0/16").ToHashSet(StringComparer.Ordinal), block.Except.ToHashSet(StringComparer.Ordinal)));
            Assert.All(wide.Where(block => block.Cidr == "::/0"), block => Assert.Equal(["fe80::/10", "fc00::/7"], block.Except));
            Assert.All(wide, block => Assert.Contains(block.Cidr, _everywhere));
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task No_egress_rule_is_without_a_destination(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.All<V1NetworkPolicy>().SelectMany(policy => policy.Spec.Egress ?? []), rule =>
        {
            Assert.NotEmpty(rule.To);
            Assert.NotEmpty(rule.Ports);
        });
    }

    [Fact]
    public async Task Silos_reach_the_hub_only_when_they_pull_models_themselves()
    {
        Assert.Contains(443, Policy(await Rendering.OfAsync(Chart.Defaults), "silo").Spec.Egress.SelectMany(Ports));

        var claim = await Rendering.OfAsync("new-claim");
        Assert.Equal([53, 53, 6379, 11111], Policy(claim, "silo").Spec.Egress.SelectMany(Ports));
        Assert.Equal([53, 53, 443], Policy(claim, "models").Spec.Egress.SelectMany(Ports));
        Assert.Empty(Policy(claim, "models").Spec.Ingress);
    }

    [Fact]
    public async Task The_gateway_reaches_silos_by_their_gateway_port()
    {
        var rendering = await Rendering.OfAsync(Chart.Defaults);
        var rule = Assert.Single(Policy(rendering, "gateway").Spec.Egress, rule => Ports(rule).SequenceEqual([30000]));

        Assert.True(rendering.Silo("cpu").IsSelectedBy(Assert.Single(rule.To).PodSelector.MatchLabels));
    }

    [Fact]
    public async Task The_bundled_Redis_is_for_silos_and_gateways_and_calls_nobody()
    {
        var rendering = await Rendering.OfAsync(Chart.Defaults);
        var policy = Policy(rendering, "redis");

        Assert.Equal(["silo", "gateway"], From(rendering, policy.Spec.Ingress, 6379));
        Assert.Empty(policy.Spec.Egress);
    }

    [Fact]
    public async Task An_external_Redis_is_reached_where_the_values_say()
    {
        var rendering = await Rendering.OfAsync("external-redis");

        Assert.All(_callers, component =>
        {
            var rule = Assert.Single(Policy(rendering, component).Spec.Egress, rule => Ports(rule).SequenceEqual([6380]));
            Assert.Equal("10.20.0.0/24", Assert.Single(rule.To).IpBlock.Cidr);
        });
        Assert.DoesNotContain(rendering.Workloads, workload => workload.Component == "redis");
    }

    private static V1NetworkPolicy Policy(Rendering rendering, string component) =>
        Assert.Single(rendering.All<V1NetworkPolicy>(), policy => policy.GetLabel("app.kubernetes.io/component") == component);

    private static IEnumerable<int> Ports(V1NetworkPolicyIngressRule rule) => rule.Ports.Select(Number);

    private static IEnumerable<int> Ports(V1NetworkPolicyEgressRule rule) => rule.Ports.Select(Number);

    private static int Number(V1NetworkPolicyPort port) => int.Parse(port.Port.ToString(), System.Globalization.CultureInfo.InvariantCulture);

    private static V1NetworkPolicyIngressRule Rule(IEnumerable<V1NetworkPolicyIngressRule> ingress, int port) => Assert.Single(ingress, rule => Ports(rule).Contains(port));

    // Components of the pods that may come, each peer being pods of this release and namespace.
    private static string[] From(Rendering rendering, IEnumerable<V1NetworkPolicyIngressRule> ingress, int port) =>
    [
        .. Rule(ingress, port).FromProperty.Select(peer =>
        {
            Assert.Null(peer.NamespaceSelector);
            Assert.Null(peer.IpBlock);
            return Assert.Single(rendering.Workloads.Where(workload => workload.IsSelectedBy(peer.PodSelector.MatchLabels)).Select(workload => workload.Component).Distinct());
        }),
    ];

    private static void AssertMonitoring(IEnumerable<V1NetworkPolicyIngressRule> ingress, int port)
    {
        var peer = Assert.Single(Rule(ingress, port).FromProperty);
        Assert.Equal("monitoring", peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
    }
}
