using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

/// <summary>The level <c>restricted</c> of https://kubernetes.io/docs/concepts/security/pod-security-standards/, and more.</summary>
public sealed class SecurityTests
{
    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Pods_are_restricted(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Workloads, workload =>
        {
            var pod = workload.Pod;
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.Equal(1654, pod.SecurityContext.RunAsUser);
            Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
            Assert.True(pod.HostNetwork is null && pod.HostPID is null && pod.HostIPC is null);
            Assert.All(pod.Volumes, volume => Assert.True(
                volume.ConfigMap is not null || volume.EmptyDir is not null || volume.PersistentVolumeClaim is not null || volume.Secret is not null || volume.Image is not null,
                volume.Name));
            Assert.All(workload.Containers, container =>
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Null(container.SecurityContext.Capabilities.Add);
                Assert.Null(container.SecurityContext.Privileged);
                Assert.All(container.Ports ?? [], port => Assert.Null(port.HostPort));
            });
        });
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Nothing_is_written_but_volumes(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Workloads.SelectMany(workload => workload.Containers), container => Assert.True(container.SecurityContext.ReadOnlyRootFilesystem));
        // .NET's diagnostics need it.
        Assert.All(
            rendering.Workloads.Where(workload => workload.Component != "redis").SelectMany(workload => workload.Containers),
            container => Assert.Contains(container.VolumeMounts, mount => mount.MountPath == "/tmp" && mount.ReadOnlyProperty != true));
        Assert.All(rendering.Silos, silo =>
        {
            Assert.Equal(["/cache", "/tmp"], silo.Main.VolumeMounts.Where(mount => mount.ReadOnlyProperty != true).Select(mount => mount.MountPath).Order(StringComparer.Ordinal));
            Assert.Equal("/cache", silo.Variable("XDG_CACHE_HOME"));
        });
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task No_pod_has_a_token_of_the_API_server(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Workloads, workload => Assert.False(workload.Pod.AutomountServiceAccountToken));
        Assert.All(rendering.All<V1ServiceAccount>(), account => Assert.False(account.AutomountServiceAccountToken));
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Every_container_has_a_limit_of_memory(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Workloads.SelectMany(workload => workload.Containers), container =>
        {
            Assert.Contains("memory", container.Resources.Limits.Keys);
            Assert.Contains("memory", container.Resources.Requests.Keys);
            Assert.Contains("cpu", container.Resources.Requests.Keys);
        });
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task No_secret_is_written_anywhere_but_in_secrets(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        var secrets = rendering.All<V1Secret>().SelectMany(secret => secret.Data.Values).Select(System.Text.Encoding.UTF8.GetString);

        Assert.All(secrets, secret => Assert.DoesNotContain(secret, rendering.Text, StringComparison.Ordinal));
    }
}
