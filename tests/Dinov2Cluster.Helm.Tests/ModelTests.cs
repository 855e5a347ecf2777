using Dinov2Cluster.Helm.Tests.Support;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

public sealed class ModelTests
{
    [Fact]
    public async Task Init_containers_pull_and_compile_the_models_of_their_pool()
    {
        var rendering = await Rendering.OfAsync("gpu-pools");

        Assert.Equal(
            [
                "model pull facebook/dinov2-giant --output /models/.checkpoints/dinov2-giant --revision main",
                "model compile /models/.checkpoints/dinov2-giant --output /models/dinov2-giant --precision fp16",
            ],
            Commands(rendering.Silo("a100").Pod.InitContainers));
        Assert.Equal(
            [
                "model pull facebook/dinov2-small --output /models/.checkpoints/dinov2-small --revision main",
                "model compile /models/.checkpoints/dinov2-small --output /models/dinov2-small --precision int8",
            ],
            Commands(rendering.Silo("cpu").Pod.InitContainers));
        Assert.All(rendering.Silos, silo => Assert.NotNull(Volume(silo.Pod, "models").EmptyDir));
        Assert.Equal(("/models", true), Mount(rendering.Silo("cpu")));
        Assert.Equal("dinov2-giant", rendering.Gateway.Variable("Models__Default"));
    }

    [Theory]
    [InlineData("gpu-resource", "mig", "fp16")]
    [InlineData(Chart.Defaults, "cpu", "fp32")]
    public async Task Models_are_compiled_to_the_precision_of_their_devices_unless_the_pool_says_another(string values, string pool, string precision)
    {
        var silo = (await Rendering.OfAsync(values)).Silo(pool);

        Assert.EndsWith(" --precision " + precision, Commands(silo.Pod.InitContainers)[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hub_and_its_token_are_given_to_what_pulls_and_to_nothing_else()
    {
        var rendering = await Rendering.OfAsync("everything");
        var silo = rendering.Silo("gpu");

        Assert.All(silo.Pod.InitContainers, container =>
        {
            Assert.Equal("https://hub.example.com", container.Env.Single(variable => variable.Name == "HF_ENDPOINT").Value);
            Assert.Equal(("hub", "hf"), container.Env.Single(variable => variable.Name == "HF_TOKEN").ValueFrom.SecretKeyRef is { } secret ? (secret.Name, secret.Key) : default);
        });
        Assert.DoesNotContain(silo.Main.Env, variable => variable.Name.StartsWith("HF_", StringComparison.Ordinal));
        Assert.EndsWith(" --precision fp16 --patch-tokens", Commands(silo.Pod.InitContainers)[1], StringComparison.Ordinal);
        Assert.Equal("true", silo.Variable("Models__PatchTokens"));
        Assert.Equal("20Gi", Volume(silo.Pod, "models").EmptyDir.SizeLimit.ToString());
    }

    [Fact]
    public async Task A_claim_is_served_as_a_whole_when_no_model_is_named()
    {
        var rendering = await Rendering.OfAsync("existing-claim");
        var silo = rendering.Silo("cpu");

        Assert.Null(silo.Pod.InitContainers);
        Assert.Equal(("dinov2-models", true), Volume(silo.Pod, "models").PersistentVolumeClaim is { } claim ? (claim.ClaimName, claim.ReadOnlyProperty) : default);
        Assert.Equal(("/models", true), Mount(silo));
        Assert.Empty(rendering.All<V1PersistentVolumeClaim>());
        Assert.Empty(rendering.All<V1Job>());
    }

    [Fact]
    public async Task A_pool_sees_of_a_claim_the_models_that_it_serves()
    {
        var rendering = await Rendering.OfAsync("claim-subset");

        Assert.Equal(("/models/dinov2-giant", "compiled/giant-fp16"), SubPath(rendering.Silo("gpu")));
        Assert.Equal(("/models/dinov2-base", "dinov2-base"), SubPath(rendering.Silo("cpu")));
    }

    [Fact]
    public async Task A_new_claim_is_filled_by_a_job()
    {
        var rendering = await Rendering.OfAsync("new-claim");
        var claim = Assert.Single(rendering.All<V1PersistentVolumeClaim>());
        var job = Assert.Single(rendering.All<V1Job>());

        Assert.Equal(("20Gi", "nfs", "keep"), (claim.Spec.Resources.Requests["storage"].ToString(), claim.Spec.StorageClassName, claim.GetAnnotation("helm.sh/resource-policy")));
        Assert.Equal(["ReadWriteMany"], claim.Spec.AccessModes);
        Assert.Equal(
            [
                "model pull facebook/dinov2-base --output /models/.checkpoints/dinov2-base",
                "model compile /models/.checkpoints/dinov2-base --output /models/dinov2-base --precision fp32 --patch-tokens",
                "model pull facebook/dinov2-large --output /models/.checkpoints/dinov2-large --revision main",
                "model compile /models/.checkpoints/dinov2-large --output /models/dinov2-large --precision fp32 --patch-tokens",
            ],
            Commands(job.Spec.Template.Spec.InitContainers));
        var volume = Volume(job.Spec.Template.Spec, "models").PersistentVolumeClaim;
        Assert.Equal((claim.Name(), null), (volume.ClaimName, volume.ReadOnlyProperty));
        Assert.All(job.Spec.Template.Spec.InitContainers, container => Assert.Contains(container.VolumeMounts, mount => mount.MountPath == "/models" && mount.ReadOnlyProperty is null));
        Assert.Null(rendering.Silo("cpu").Pod.InitContainers);
    }

    [Fact]
    public async Task A_job_that_would_do_anything_else_has_another_name()
    {
        var first = Assert.Single((await Rendering.OfAsync("new-claim")).All<V1Job>());
        var same = Assert.Single((await Rendering.WithAsync("new-claim", "--set", "gateway.replicas=7")).All<V1Job>());
        Assert.Equal(first.Name(), same.Name());

        string[] changes = ["image.tag=2.0.0", "models.list[0].revision=abc", "podSecurityContext.fsGroup=2000", "commonLabels.team=vision", "serviceAccount.name=other", "silo.poolDefaults.precision=int8"];
        foreach (var change in changes)
        {
            var changed = Assert.Single((await Rendering.WithAsync("new-claim", "--set", change)).All<V1Job>());
            Assert.NotEqual(first.Name(), changed.Name());
        }
    }

    [Fact]
    public async Task Images_are_mounted_as_models()
    {
        var rendering = await Rendering.OfAsync("image-volume");
        var gpu = rendering.Silo("gpu");
        var cpu = rendering.Silo("cpu");

        Assert.Equal("registry.example.com/models/dinov2-giant:fp16", Volume(gpu.Pod, "model-0").Image.Reference);
        Assert.Equal(("/models/dinov2-giant", "model"), SubPath(gpu));
        // A pool without a list serves all.
        Assert.Equal(["/models/dinov2-giant", "/models/dinov2-small"], cpu.Main.VolumeMounts.Where(mount => mount.Name.StartsWith("model-", StringComparison.Ordinal)).Select(mount => mount.MountPath));
        Assert.Equal("Always", Volume(cpu.Pod, "model-1").Image.PullPolicy);
        Assert.Null(gpu.Pod.InitContainers);
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task Silos_read_the_repository_and_cannot_write_it(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Silos, silo =>
        {
            Assert.Equal("/models", silo.Variable("Models__Repository"));
            var mounts = silo.Main.VolumeMounts.Where(mount => mount.MountPath == "/models" || mount.MountPath.StartsWith("/models/", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(mounts);
            Assert.All(mounts, mount => Assert.True(mount.ReadOnlyProperty));
        });
    }

    private static string[] Commands(IEnumerable<V1Container> containers) => [.. containers.Select(container => string.Join(' ', container.Args))];

    private static V1Volume Volume(V1PodSpec pod, string name) => Assert.Single(pod.Volumes, volume => volume.Name == name);

    private static (string Path, bool? IsReadOnly) Mount(Workload silo)
    {
        var mount = Assert.Single(silo.Main.VolumeMounts, mount => mount.Name == "models");
        return (mount.MountPath, mount.ReadOnlyProperty);
    }

    private static (string Path, string SubPath) SubPath(Workload silo)
    {
        var mount = Assert.Single(silo.Main.VolumeMounts, mount => mount.Name.StartsWith("model", StringComparison.Ordinal));
        return (mount.MountPath, mount.SubPath);
    }
}
