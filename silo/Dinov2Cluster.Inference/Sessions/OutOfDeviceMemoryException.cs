namespace Dinov2Cluster.Inference.Sessions;

/// <summary>The device has too little memory for a batch of <see cref="Images"/>. A smaller batch may succeed.</summary>
internal sealed class OutOfDeviceMemoryException(int images, Exception? innerException = null)
    : Exception($"out of memory with {images} images in a batch", innerException)
{
    // ONNX Runtime (1.31) has no error code for it. Its arena (bfc_arena.cc), cudaMalloc ("CUDA failure 2: out of memory"), cuBLAS
    // (CUBLAS_STATUS_ALLOC_FAILED) and cuDNN 9 (CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED) have these texts.
    private static readonly string[] _texts = ["Failed to allocate memory for requested buffer", "out of memory", "_ALLOC_FAILED", "_ALLOCATION_FAILED"];

    /// <summary>Images in the batch.</summary>
    public int Images => images;

    /// <summary>Whether an error of the runtime means that memory ran out.</summary>
    public static bool IsMeantBy(string error) => Array.Exists(_texts, text => error.Contains(text, StringComparison.Ordinal));
}
