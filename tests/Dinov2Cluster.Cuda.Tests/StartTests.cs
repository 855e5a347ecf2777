using System.Runtime.InteropServices;
using Dinov2Cluster.Cuda.Tests.Support;

namespace Dinov2Cluster.Cuda.Tests;

/// <summary>What a host prints that can't use its GPU: one line that names what is missing and what to do, and exit code 1.</summary>
public sealed class StartTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [CudaTheory]
    [InlineData("DRIVER", "12080", "the driver supports CUDA 12.8 only. Install an NVIDIA driver 580 or later (CUDA 13.0).")]
    [InlineData("DEVICES", "0", "the driver sees no GPU. Give the container one (nvidia.com/gpu in Kubernetes, --gpus in Docker), and check CUDA_VISIBLE_DEVICES.")]
    [InlineData(
        "CAPABILITY", "10.0", "ONNX Runtime has no code for NVIDIA Fake GPU, whose compute capability is 10.0. Use a GPU of 7.5, 8.0, 8.6, 8.9, 9.0, 12.0.")]
    public async Task A_machine_that_does_not_fit_ends_the_start(string name, string value, string reason)
    {
        await using var gpu = new FakeGpu((name, value));

        await AssertRefusedAsync(gpu, $"Devices:0: cuda:0 can't be used: {reason}");
    }

    [CudaFact]
    public async Task A_machine_without_a_driver_ends_the_start() => await AssertMissingAsync(
        "libcuda.so.1",
        "libcuda.so.1 can't be loaded. The machine needs an NVIDIA driver 580 or later (CUDA 13.0), and a container needs access to the GPU (nvidia.com/gpu in Kubernetes, --gpus in Docker).");

    [CudaTheory]
    [InlineData("libcudart.so.13")]
    [InlineData("libcublas.so.13")]
    [InlineData("libcudnn.so.9")]
    public async Task A_library_that_is_missing_ends_the_start(string library) =>
        await AssertMissingAsync(library, $"{library} can't be loaded. Install CUDA 13 and cuDNN 9, or set LD_LIBRARY_PATH to their folders.");

    [CudaFact]
    public async Task Every_device_is_checked_before_any_starts()
    {
        await using var gpu = new FakeGpu(("DEVICES", "2"));

        await AssertRefusedAsync(
            gpu,
            "Devices:1: cuda:2 can't be used: there are 2 GPUs, numbered from 0. Set the device's Index to one of them.",
            "--Devices:1:Kind", "Cuda", "--Devices:1:Index", "2");
    }

    private static async Task AssertMissingAsync(string library, string reason)
    {
        Assert.SkipWhen(NativeLibrary.TryLoad(library, out _), $"This machine has {library} itself.");
        await using var gpu = new FakeGpu().Without(library);

        await AssertRefusedAsync(gpu, $"Devices:0: cuda:0 can't be used: {reason}");
    }

    private static async Task AssertRefusedAsync(FakeGpu gpu, string line, params string[] arguments)
    {
        var host = gpu.Start(arguments);

        await host.Process.WaitForExitAsync(Cancellation);

        Assert.Equal(1, host.Process.ExitCode);
        Assert.Contains(line, Lines(host.Output));
        Assert.True(Lines(host.Output).Length <= 6, host.Output);
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
