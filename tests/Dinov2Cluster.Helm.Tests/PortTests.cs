using Dinov2Cluster.Helm.Tests.Shapes;
using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

public sealed class PortTests
{
    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Services_lead_to_ports_that_their_pods_have(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        foreach (var service in rendering.All<V1Service>())
        {
            foreach (var workload in rendering.Workloads.Where(workload => workload.IsSelectedBy(service.Spec.Selector)))
            {
                Assert.All(service.Spec.Ports, port =>
                {
                    var target = Assert.Single(workload.Main.Ports, container => container.Name == port.TargetPort.ToString());
                    Assert.Equal(port.Port, target.ContainerPort);
                });
            }
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Containers_have_the_ports_that_their_hosts_listen_on(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.Equal(new Dictionary<string, int> { ["http"] = 8080, ["grpc"] = 8081, ["management"] = 8082 }, PortsOf(rendering.Gateway));
        Assert.Equal("http://+:8080", rendering.Gateway.Variable("ASPNETCORE_URLS"));
        Assert.Equal("http://+:8081", rendering.Gateway.Variable("Gateway__GrpcUrl"));
        Assert.Equal("http://+:8082", rendering.Gateway.Variable("Gateway__ManagementUrl"));
        Assert.All(rendering.Silos, silo =>
        {
            Assert.Equal(new Dictionary<string, int> { ["silo"] = 11111, ["gateways"] = 30000, ["metrics"] = 9090 }, PortsOf(silo));
            Assert.Equal("http://+:9090", silo.Variable("Silo__HttpUrl"));
        });
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task What_is_without_a_key_is_not_in_the_service_of_callers(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        var name = rendering.Gateway.Name;

        Assert.Equal(["http", "grpc"], rendering.Get<V1Service>(name).Spec.Ports.Select(port => port.Name));
        Assert.Equal(["management"], rendering.Get<V1Service>(name + "-management").Spec.Ports.Select(port => port.Name));
        Assert.Equal("ClusterIP", rendering.Get<V1Service>(name + "-management").Spec.Type ?? "ClusterIP");
    }

    [Theory]
    [InlineData("ingress", "http", "embeddings.example.com")]
    [InlineData("ingress", "grpc", "grpc.embeddings.example.com")]
    [InlineData("everything", "http", "embeddings.example.com")]
    public async Task Ingresses_lead_to_the_service_of_callers(string values, string port, string host)
    {
        var rendering = await Rendering.OfAsync(values);
        var ingress = Assert.Single(rendering.All<V1Ingress>(), ingress => ingress.Name().EndsWith("-" + port, StringComparison.Ordinal));

        var rule = Assert.Single(ingress.Spec.Rules);
        Assert.Equal(host, rule.Host);
        var backend = Assert.Single(rule.Http.Paths).Backend.Service;
        Assert.Contains(rendering.Get<V1Service>(backend.Name).Spec.Ports, found => found.Name == backend.Port.Name && found.Name == port);
        Assert.Equal(rendering.Gateway.Name, backend.Name);
    }

    [Theory]
    [InlineData("gateway-api")]
    [InlineData("everything")]
    public async Task Routes_lead_to_the_service_of_callers(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        AssertLeadsTo(rendering, Assert.Single(Assert.Single(rendering.All<HttpRoute>()).Spec.Rules).BackendRefs, "http");
        AssertLeadsTo(rendering, Assert.Single(Assert.Single(rendering.All<GrpcRoute>()).Spec.Rules).BackendRefs, "grpc");
    }

    [Fact]
    public async Task A_route_waits_longer_than_the_gateway()
    {
        var rendering = await Rendering.OfAsync("everything");

        Assert.Equal("95s", Assert.Single(Assert.Single(rendering.All<HttpRoute>()).Spec.Rules).Timeouts!.Request);
        Assert.Equal("00:01:30", rendering.Gateway.Variable("Gateway__Deadline"));
    }

    private static void AssertLeadsTo(Rendering rendering, IReadOnlyList<RouteBackend> backends, string port)
    {
        var backend = Assert.Single(backends);
        Assert.Equal(port, Assert.Single(rendering.Get<V1Service>(backend.Name).Spec.Ports, found => found.Port == backend.Port).Name);
        Assert.Equal(rendering.Gateway.Name, backend.Name);
    }

    private static Dictionary<string, int> PortsOf(Workload workload) => workload.Main.Ports.ToDictionary(port => port.Name, port => port.ContainerPort);
}
