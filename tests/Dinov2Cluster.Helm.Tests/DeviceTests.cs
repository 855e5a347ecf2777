using Dinov2Cluster.Helm.Tests.Support;

namespace Dinov2Cluster.Helm.Tests;

public sealed class DeviceTests
{
    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task A_silo_has_a_GPU_for_each_of_its_CUDA_devices_and_the_image_for_them(string values)
    {
        var rendering = await Rendering.OfAsync(values);

        Assert.All(rendering.Silos, silo =>
        {
            var devices = silo.Main.Env.Count(variable => variable.Name.EndsWith("__Kind", StringComparison.Ordinal) && variable.Value == "Cuda");
            var gpus = silo.Main.Resources.Limits.Where(limit => limit.Key.StartsWith("nvidia.com/", StringComparison.Ordinal)).ToList();
            Assert.Equal(devices, gpus.Sum(limit => (int)limit.Value.ToDecimal()));
            Assert.EndsWith(devices > 0 ? "/dinov2-silo-cuda" : "/dinov2-silo", "/" + silo.Main.Image.Split('/')[^1].Split(':')[0], StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Each_pool_is_what_its_values_say()
    {
        var rendering = await Rendering.OfAsync("gpu-pools");
        var gpu = rendering.Silo("a100");
        var cpu = rendering.Silo("cpu");

        Assert.Equal(2, gpu.Deployment!.Spec.Replicas);
        Assert.Equal("nvidia", gpu.Pod.RuntimeClassName);
        Assert.Equal("NVIDIA-A100-SXM4-80GB", gpu.Pod.NodeSelector["nvidia.com/gpu.product"]);
        Assert.Equal("nvidia.com/gpu", Assert.Single(gpu.Pod.Tolerations).Key);
        Assert.Equal("2", gpu.Main.Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Equal("64", gpu.Variable("Batching__MaxBatchSize"));
        Assert.Equal(["Cuda 0", "Cuda 1"], Enumerable.Range(0, 2).Select(i => $"{gpu.Variable($"Devices__{i}__Kind")} {gpu.Variable($"Devices__{i}__Index")}"));

        Assert.Equal(3, cpu.Deployment!.Spec.Replicas);
        Assert.Null(cpu.Pod.RuntimeClassName);
        Assert.Null(cpu.Pod.NodeSelector);
        Assert.Equal(("Cpu", "8", "true"), (cpu.Variable("Devices__0__Kind"), cpu.Variable("Devices__0__Threads"), cpu.Variable("Devices__0__AllowSpinning")));
        Assert.Null(cpu.Variable("Batching__MaxBatchSize"));
    }

    [Fact]
    public async Task A_GPU_may_be_of_another_name()
    {
        var silo = (await Rendering.OfAsync("gpu-resource")).Silo("mig");

        Assert.Equal("1", silo.Main.Resources.Limits["nvidia.com/mig-3g.40gb"].ToString());
        Assert.Equal(("Cuda", "0"), (silo.Variable("Devices__0__Kind"), silo.Variable("Devices__0__Index")));
    }

    [Fact]
    public async Task An_upgrade_needs_no_GPU_more_unless_it_is_allowed_to()
    {
        var update = (await Rendering.OfAsync("gpu-pools")).Silo("a100").Deployment!.Spec.Strategy.RollingUpdate;
        Assert.Equal(("0", "1"), (update.MaxSurge.ToString(), update.MaxUnavailable.ToString()));

        update = (await Rendering.OfAsync("gpu-pools")).Silo("cpu").Deployment!.Spec.Strategy.RollingUpdate;
        Assert.Equal(("1", "0"), (update.MaxSurge.ToString(), update.MaxUnavailable.ToString()));

        update = (await Rendering.OfAsync("everything")).Silo("gpu").Deployment!.Spec.Strategy.RollingUpdate;
        Assert.Equal(("25%", "25%"), (update.MaxSurge.ToString(), update.MaxUnavailable.ToString()));
    }

    [Theory]
    [MemberData(nameof(Chart.Matrix), MemberType = typeof(Chart))]
    public async Task A_silo_may_take_its_time_to_start_and_an_upgrade_waits_for_it(string values)
    {
        var rendering = await Rendering.OfAsync(values);
        var slowest = 0;

        foreach (var silo in rendering.Silos)
        {
            var probe = silo.Main.StartupProbe;
            var allowed = probe.PeriodSeconds!.Value * probe.FailureThreshold!.Value;
            Assert.InRange(allowed, silo.Pool == "a100" ? 3600 : 1800, int.MaxValue);
            Assert.InRange(silo.Deployment!.Spec.ProgressDeadlineSeconds!.Value, allowed, int.MaxValue);
            slowest = Math.Max(slowest, allowed);
        }

        Assert.InRange(rendering.Gateway.Deployment!.Spec.ProgressDeadlineSeconds!.Value, slowest, int.MaxValue);
    }

    [Theory]
    [InlineData("30", 6)]
    [InlineData("31", 7)]
    [InlineData("7200", 1440)]
    public async Task The_startup_probe_follows_the_values(string seconds, int failures)
    {
        var rendering = await Rendering.WithAsync(Chart.Defaults, "--set", $"silo.poolDefaults.startupSeconds={seconds}");

        Assert.Equal((5, failures), (rendering.Silo("cpu").Main.StartupProbe.PeriodSeconds, rendering.Silo("cpu").Main.StartupProbe.FailureThreshold));
    }
}
