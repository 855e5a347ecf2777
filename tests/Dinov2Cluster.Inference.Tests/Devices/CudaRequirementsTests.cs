using Dinov2Cluster.Inference.Devices;

namespace Dinov2Cluster.Inference.Tests.Devices;

public sealed class CudaRequirementsTests
{
    private static readonly CudaMachine _good = new() { HasDriver = true, DriverVersion = 13000, Devices = 2, Name = "NVIDIA H100", Capability = (9, 0) };

    [Theory]
    [InlineData(7, 5)]
    [InlineData(8, 0)]
    [InlineData(8, 6)]
    [InlineData(8, 9)]
    [InlineData(9, 0)]
    [InlineData(12, 0)]
    public void A_gpu_that_the_provider_has_code_for_can_be_used(int major, int minor) =>
        Assert.Null(CudaRequirements.WhyUnmet(_good with { DriverVersion = 13010, Capability = (major, minor) }, index: 1));

    [Theory]
    [InlineData(7, 0, "7.0")]
    [InlineData(10, 0, "10.0")]
    public void Another_gpu_can_not(int major, int minor, string text) => AssertUnmet(
        $"ONNX Runtime has no code for NVIDIA H100, whose compute capability is {text}. Use a GPU of 7.5, 8.0, 8.6, 8.9, 9.0, 12.0",
        _good with { Capability = (major, minor) });

    [Fact]
    public void There_is_no_driver() => AssertUnmet(
        "libcuda.so.1 can't be loaded. The machine needs an NVIDIA driver 580 or later (CUDA 13.0), and a container needs access to the GPU (nvidia.com/gpu in Kubernetes, --gpus in Docker)",
        new CudaMachine());

    [Theory]
    [InlineData(12080, "12.8")]
    [InlineData(12090, "12.9")]
    public void The_driver_is_too_old(int version, string text) => AssertUnmet(
        $"the driver supports CUDA {text} only. Install an NVIDIA driver 580 or later (CUDA 13.0)", _good with { DriverVersion = version });

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public void There_is_no_gpu(int result) => AssertUnmet(
        "the driver sees no GPU. Give the container one (nvidia.com/gpu in Kubernetes, --gpus in Docker), and check CUDA_VISIBLE_DEVICES",
        _good with { InitResult = result, Devices = 0 });

    [Fact]
    public void The_driver_does_not_work() => AssertUnmet(
        "the driver can't be initialized (cuInit: CUDA error 803). See whether nvidia-smi works here", _good with { InitResult = 803, Devices = 0 });

    [Fact]
    public void There_is_no_gpu_of_that_index() => AssertUnmet("there are 2 GPUs, numbered from 0. Set the device's Index to one of them", _good, index: 2);

    [Fact]
    public void Libraries_are_missing() => AssertUnmet(
        "libcublas.so.13, libcudnn.so.9 can't be loaded. Install CUDA 13 and cuDNN 9, or set LD_LIBRARY_PATH to their folders",
        _good with { MissingLibraries = ["libcublas.so.13", "libcudnn.so.9"] });

    private static void AssertUnmet(string reason, CudaMachine machine, int index = 0) => Assert.Equal(reason, CudaRequirements.WhyUnmet(machine, index));
}
