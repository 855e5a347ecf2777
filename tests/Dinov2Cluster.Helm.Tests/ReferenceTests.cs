using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

public sealed class ReferenceTests
{
    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Secrets_exist_or_are_named_in_the_values(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        var external = ExternalNames.Read(values);

        foreach (var workload in rendering.Workloads)
        {
            foreach (var (secret, key) in SecretsOf(workload))
            {
                if (rendering.Find<V1Secret>(secret) is { } own)
                {
                    Assert.True(key is null || own.Data.ContainsKey(key), $"{workload.Name}: Secret {secret} has no {key}.");
                }
                else
                {
                    Assert.Contains(secret, external);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Claims_config_maps_and_service_accounts_exist_or_are_named_in_the_values(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        var external = ExternalNames.Read(values);

        foreach (var workload in rendering.Workloads)
        {
            var account = workload.Pod.ServiceAccountName;
            Assert.True(rendering.Find<V1ServiceAccount>(account) is not null || (values == "minimal" && account == "default"), account);
            foreach (var volume in workload.Pod.Volumes)
            {
                if (volume.PersistentVolumeClaim is { } claim)
                {
                    Assert.True(rendering.Find<V1PersistentVolumeClaim>(claim.ClaimName) is not null || external.Contains(claim.ClaimName), claim.ClaimName);
                }

                if (volume.ConfigMap is { } map)
                {
                    Assert.NotNull(rendering.Find<V1ConfigMap>(map.Name));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Mounts_and_volumes_belong_together(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Workloads, workload =>
        {
            var volumes = workload.Pod.Volumes.Select(volume => volume.Name).ToList();
            var mounts = workload.Containers.SelectMany(container => container.VolumeMounts).Select(mount => mount.Name).ToHashSet(StringComparer.Ordinal);
            Assert.Distinct(volumes);
            Assert.Equal(mounts.Order(StringComparer.Ordinal), volumes.Order(StringComparer.Ordinal));
            Assert.All(workload.Containers, container => Assert.Distinct(container.VolumeMounts.Select(mount => mount.MountPath)));
            Assert.Distinct(workload.Containers.Select(container => container.Name));
        });
    }

    [Fact]
    public async Task Every_pod_pulls_with_the_given_credentials()
    {
        var rendering = await Rendering.OfAsync("everything");

        Assert.All(rendering.Workloads, workload => Assert.Equal(["registry"], workload.Pod.ImagePullSecrets.Select(secret => secret.Name)));
        Assert.All(
            rendering.Workloads.Where(workload => workload.Component != "redis").SelectMany(workload => workload.Containers),
            container => Assert.Matches("^ghcr\\.io/example/dinov2-(gateway|silo-cuda|cli):1\\.2\\.3$", container.Image));
    }

    private static IEnumerable<(string Secret, string? Key)> SecretsOf(Workload workload)
    {
        foreach (var variable in workload.Containers.SelectMany(container => container.Env ?? []))
        {
            if (variable.ValueFrom?.SecretKeyRef is { } secret)
            {
                yield return (secret.Name, secret.Key);
            }
        }

        foreach (var volume in workload.Pod.Volumes.Where(volume => volume.Secret is not null))
        {
            yield return (volume.Secret.SecretName, null);
        }

        foreach (var secret in workload.Pod.ImagePullSecrets ?? [])
        {
            yield return (secret.Name, null);
        }
    }
}
