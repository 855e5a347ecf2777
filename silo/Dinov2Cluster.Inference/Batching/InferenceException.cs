namespace Dinov2Cluster.Inference.Batching;

/// <summary>A device gave no features. The message is one of a fixed set and fit for any client.</summary>
/// <param name="kind">Why.</param>
public sealed class InferenceException(InferenceErrorKind kind) : Exception(MessageOf(kind))
{
    /// <summary>Why there are no features.</summary>
    public InferenceErrorKind Kind { get; } = kind;

    private static string MessageOf(InferenceErrorKind kind) => kind switch
    {
        InferenceErrorKind.QueueFull => "The device's queue is full.",
        InferenceErrorKind.DeadlineExceeded => "The deadline passed before the images were computed.",
        InferenceErrorKind.DeviceFailed => "The device failed on this batch.",
        InferenceErrorKind.Draining => "The device is shutting down.",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
