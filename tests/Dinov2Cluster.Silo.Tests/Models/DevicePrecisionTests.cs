using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Silo.Models;

namespace Dinov2Cluster.Silo.Tests.Models;

public sealed class DevicePrecisionTests
{
    [Theory]
    [InlineData(DeviceKind.Cpu, Precision.Fp32)]
    [InlineData(DeviceKind.Cuda, Precision.Fp16)]
    [InlineData(DeviceKind.Simulated, Precision.Fp32)]
    public void A_checkpoint_is_compiled_to_what_suits_the_device(DeviceKind device, Precision expected) => Assert.Equal(expected, DevicePrecision.DefaultOf(device));

    [Theory]
    [InlineData(DeviceKind.Cuda, Precision.Fp32, "Slow")]
    [InlineData(DeviceKind.Cuda, Precision.Fp16, "Good")]
    [InlineData(DeviceKind.Cuda, Precision.Int8, "Refused")]
    [InlineData(DeviceKind.Cpu, Precision.Fp32, "Good")]
    [InlineData(DeviceKind.Cpu, Precision.Fp16, "Good")]
    [InlineData(DeviceKind.Cpu, Precision.Int8, "Good")]
    [InlineData(DeviceKind.Simulated, Precision.Fp32, "Good")]
    [InlineData(DeviceKind.Simulated, Precision.Fp16, "Good")]
    [InlineData(DeviceKind.Simulated, Precision.Int8, "Good")]
    public void A_gpu_refuses_int8_and_is_slow_in_fp32(DeviceKind device, Precision precision, string expected)
    {
        Assert.Equal(Enum.Parse<PrecisionFit>(expected), DevicePrecision.FitOf(device, precision));

        var error = Record.Exception(() => DevicePrecision.RequireKernels("m", new DeviceId(device, 0), precision));
        Assert.Equal(expected == "Refused" ? typeof(ModelException) : null, error?.GetType());
    }
}
