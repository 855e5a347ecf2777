using System.Globalization;
using System.Text.RegularExpressions;
using Dinov2Cluster.Containers.Tests.Images;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Containers.Tests.Compose;

public sealed partial class ComposeFileTests
{
    private static readonly ComposeFile _file = ComposeFile.Read();

    public static TheoryData<string> Services { get; } = [.. _file.Services.Keys];

    [Fact]
    public void It_is_a_whole_cluster_with_its_dashboards() =>
        Assert.Equal(["gateway", "grafana", "model", "prometheus", "redis", "silo-0", "silo-1"], _file.Services.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("gateway", "gateway")]
    [InlineData("silo-0", "silo")]
    [InlineData("silo-1", "silo")]
    [InlineData("model", "cli")]
    public void Our_images_are_built_from_our_dockerfiles(string service, string image)
    {
        var ours = _file.Services[service];

        Assert.Equal($"dinov2-{image}:${{DINOV2_VERSION:-{DockerfileTests.Version}}}", ours.Image);
        Assert.Equal($"{Dockerfile.Directory}/{image}.Dockerfile", ours.Build!.Dockerfile);
        Assert.Equal(RepositoryRoot.Path, Path.GetFullPath(Path.Combine(ComposeFile.Directory, ours.Build.Context)));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_may_do_no_more_than_it_must(string name)
    {
        var service = _file.Services[name];

        Assert.True(service.ReadOnly);
        Assert.Equal(["ALL"], service.CapDrop);
        Assert.Equal(["no-new-privileges:true"], service.SecurityOpt);
        Assert.Matches("^[1-9][0-9]*:[0-9]+$", service.User);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_comes_back_and_says_whether_it_is_well(string name)
    {
        var service = _file.Services[name];
        if (name == "model")
        {
            Assert.Equal("no", service.Restart);
            return;
        }

        Assert.Equal("unless-stopped", service.Restart);
        if (service.Build is { } build)
        {
            Assert.NotEqual("NONE", Dockerfile.Read(Path.GetFileNameWithoutExtension(build.Dockerfile)).Says("HEALTHCHECK"));
        }
        else
        {
            Assert.Equal("CMD", service.Healthcheck!.Test[0]);
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Ports_are_this_machines_own(string name) =>
        Assert.All(_file.Services[name].Ports, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));

    [Fact]
    public void The_gateway_serves_on_8080_and_the_ports_beside_it()
    {
        var ports = _file.Services["gateway"].Ports;

        Assert.Equal(["8080:8080", "8081:8081", "8082:8082"], ports.Select(port => Variable().Replace(port["127.0.0.1:".Length..], "$1")));
        Assert.Equal(Dockerfile.Read("gateway").Says("EXPOSE"), string.Join(' ', ports.Select(port => port.Split(':')[^1])));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void What_is_mounted_is_there(string name) =>
        Assert.All(_file.Services[name].Volumes.Select(volume => Variable().Replace(volume, "$1").Split(':')[0]), source =>
        {
            if (source.StartsWith('.'))
            {
                Assert.True(Path.Exists(Path.Combine(ComposeFile.Directory, source)), $"{source} is not there.");
            }
            else
            {
                Assert.Contains(source, _file.Volumes.Keys);
            }
        });

    [Theory]
    [MemberData(nameof(Services))]
    public void What_is_waited_for_can_be_waited_for(string name) =>
        Assert.All(_file.Services[name].DependsOn, dependency =>
        {
            Assert.Contains(dependency.Key, _file.Services.Keys);
            Assert.Equal(dependency.Key == "model" ? "service_completed_successfully" : "service_healthy", dependency.Value.Condition);
        });

    // Gateway: Gateway:DrainDelay and Gateway:Deadline by default, and what its host adds. Silo: the host's own limit.
    [Theory]
    [InlineData("gateway", 1 + 60 + 15)]
    [InlineData("silo-0", 30)]
    [InlineData("silo-1", 30)]
    public void There_is_time_to_drain(string service, int seconds) =>
        Assert.True(int.Parse(_file.Services[service].StopGracePeriod.TrimEnd('s'), CultureInfo.InvariantCulture) > seconds);

    [Theory]
    [InlineData("silo-0")]
    [InlineData("silo-1")]
    public void A_silo_is_reached_by_its_own_name(string name)
    {
        var silo = _file.Services[name];

        Assert.Equal((name, name, name), (silo.Hostname, silo.Environment["Cluster__SiloName"], silo.Environment["Cluster__AdvertisedIp"]));
    }

    // ${NAME:-default}
    [GeneratedRegex(@"\$\{[A-Z0-9_]+:-([^}]*)\}")]
    private static partial Regex Variable();
}
