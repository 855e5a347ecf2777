namespace Dinov2Cluster.Inference.Devices;

/// <summary>What a device computes with.</summary>
public enum DeviceKind
{
    /// <summary>ONNX Runtime's CPU provider.</summary>
    Cpu,

    /// <summary>ONNX Runtime's CUDA provider; needs a build with <c>Accelerator=Cuda</c>.</summary>
    Cuda,

    /// <summary>ONNX Runtime's TensorRT provider, with CUDA for what TensorRT can't run; needs a build with <c>Accelerator=Cuda</c>.</summary>
    TensorRt,

    /// <summary>No model at all: a given latency curve and features made from the crop's bytes. For tests of everything around the model.</summary>
    Simulated,
}
