namespace Dinov2Cluster.Inference.Batching;

/// <summary>Why a device gave no features. Each protocol maps every kind in one table.</summary>
public enum InferenceErrorKind
{
    /// <summary>The device's queue has no room for these images; later it may.</summary>
    QueueFull,

    /// <summary>The deadline passed, or would have, before the images were computed.</summary>
    DeadlineExceeded,

    /// <summary>The device failed on an image, in a batch and alone; the log has the details.</summary>
    DeviceFailed,

    /// <summary>The device is shutting down; another one may take the images.</summary>
    Draining,
}
