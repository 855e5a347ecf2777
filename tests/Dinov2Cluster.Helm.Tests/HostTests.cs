using Dinov2Cluster.Helm.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.AspNetCore.Builder;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

/// <summary>The chart against the hosts themselves: they're built, though not started, with the environment that the chart gives them.</summary>
public sealed class HostTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task The_gateway_starts_with_its_environment_and_has_the_routes_that_are_probed(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        await using var host = Gateway(rendering);

        AssertProbed(rendering.Gateway, host, "management");
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Silos_start_with_their_environment_and_have_the_routes_that_are_probed(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        foreach (var silo in rendering.Silos)
        {
            await using var host = HostPrograms.Silo(OnThisMachine(ContainerEnvironment.Resolve(rendering, silo.Main)));

            AssertProbed(silo, host, "metrics");
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Pods_may_take_longer_for_their_end_than_their_hosts(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        await using (var gateway = Gateway(rendering))
        {
            AssertLonger(rendering.Gateway, HostPrograms.ShutdownTime(gateway));
        }

        var deadline = TimeSpan.Parse(rendering.Gateway.Variable("Gateway__Deadline")!, System.Globalization.CultureInfo.InvariantCulture);
        foreach (var silo in rendering.Silos)
        {
            await using var host = HostPrograms.Silo(OnThisMachine(ContainerEnvironment.Resolve(rendering, silo.Main)));
            var time = HostPrograms.ShutdownTime(host);

            // The last image that a silo accepted may have its whole deadline before it.
            Assert.True(time > deadline, $"{silo.Name} drains for {time} at most, and a request may take {deadline}.");
            AssertLonger(silo, time);
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Every_variable_is_a_key_that_the_hosts_document(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        var known = ConfigurationKeys.Read();
        // .NET's own, and OpenTelemetry's.
        known.UnionWith(["SHUTDOWNTIMEOUTSECONDS", "OTEL_EXPORTER_OTLP_ENDPOINT", "XDG_CACHE_HOME"]);

        foreach (var workload in rendering.Silos.Append(rendering.Gateway))
        {
            var variables = workload.Main.Env;
            foreach (var variable in variables)
            {
                // Those that others are made of.
                var isPart = variables.Any(other => other.Value?.Contains($"$({variable.Name})", StringComparison.Ordinal) == true);
                var key = ConfigurationKeys.Pattern(ContainerEnvironment.Key(variable.Name));
                Assert.True(isPart || known.Contains(key), $"{workload.Name}: {variable.Name} is no setting that docs/configuration.md has.");
            }

            Assert.Distinct(variables.Select(variable => variable.Name));
        }
    }

    [Fact]
    public async Task Callers_need_a_key_and_one_is_made()
    {
        var rendering = await Rendering.OfAsync(Chart.Defaults);

        Assert.Equal("Required", rendering.Gateway.Variable("Auth__Mode"));
        Assert.Equal(48, Assert.Single(rendering.Get<V1Secret>(Chart.Release + "-dinov2-cluster-keys").Data, key => key.Key == "default").Value.Length);
    }

    [Fact]
    public async Task Without_keys_the_gateway_is_told_that_this_is_meant()
    {
        var rendering = await Rendering.OfAsync("auth-off");

        Assert.Equal("Off", rendering.Gateway.Variable("Auth__Mode"));
        Assert.Null(rendering.Gateway.Variable("Auth__KeysDirectory"));
        Assert.Null(rendering.Find<V1Secret>(Chart.Release + "-dinov2-cluster-keys"));
    }

    private static void AssertProbed(Workload workload, WebApplication host, string port)
    {
        var routes = HostPrograms.Routes(host);
        var container = workload.Main;
        Assert.All(new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe }, probe =>
        {
            Assert.Contains(probe.HttpGet.Path, routes);
            Assert.Equal(port, probe.HttpGet.Port.ToString());
        });
        Assert.Equal("/health/live", container.LivenessProbe.HttpGet.Path);
        Assert.Equal("/health/ready", container.ReadinessProbe.HttpGet.Path);
        Assert.Contains("/metrics", routes);
    }

    private static void AssertLonger(Workload workload, TimeSpan time)
    {
        var preStop = workload.Main.Lifecycle?.PreStop?.Sleep?.Seconds ?? 0;
        var grace = workload.Pod.TerminationGracePeriodSeconds;
        Assert.True(grace > preStop + time.TotalSeconds, $"{workload.Name} has {grace} s for a wait of {preStop} s and an end of {time}.");
    }

    private WebApplication Gateway(Rendering rendering)
    {
        var configuration = OnThisMachine(ContainerEnvironment.Resolve(rendering, rendering.Gateway.Main));
        if (configuration.ContainsKey("Auth:KeysDirectory"))
        {
            configuration["Auth:KeysDirectory"] = Mount(rendering, rendering.Gateway.Pod.Volumes.Single(volume => volume.Name == "keys").Secret.SecretName);
        }

        return HostPrograms.Gateway(configuration);
    }

    // What the kubelet does with a Secret.
    private string Mount(Rendering rendering, string secret)
    {
        var directory = Directory.CreateDirectory(_directory[secret]).FullName;
        var data = rendering.Find<V1Secret>(secret)?.Data ?? new Dictionary<string, byte[]> { ["smoke-test"] = [.. Enumerable.Repeat((byte)'k', 64)] };
        foreach (var (name, key) in data)
        {
            File.WriteAllBytes(Path.Combine(directory, name), key);
        }

        return directory;
    }

    // The CPU build of the hosts has no CUDA, which is for the image to have.
    private static Dictionary<string, string> OnThisMachine(Dictionary<string, string> configuration)
    {
        foreach (var key in configuration.Keys.Where(key => key.StartsWith("Devices:", StringComparison.Ordinal) && key.EndsWith(":Kind", StringComparison.Ordinal)).ToList())
        {
            configuration[key] = "Cpu";
        }

        return configuration;
    }
}
