namespace Dinov2Cluster.Grains.Messages;

/// <summary>How a device answered. A status and not an exception: a full queue is no surprise, and must be cheap to say.</summary>
[GenerateSerializer, Alias("dinov2.EmbedStatus")]
public enum EmbedStatus
{
    /// <summary>The features are there.</summary>
    Ok,

    /// <summary>The device's queue has no room for this many images.</summary>
    QueueFull,

    /// <summary>The time left ran out before compute.</summary>
    DeadlineExceeded,

    /// <summary>The device failed on the batch; the silo's log says why.</summary>
    DeviceFailed,

    /// <summary>The silo is shutting down and takes no new work.</summary>
    Draining,

    /// <summary>The silo has no such model on such a device, or has not loaded it yet.</summary>
    NotServed,

    /// <summary>The request's sizes don't fit the model, the model doesn't give the output, or the features of so many images fit no message.</summary>
    InvalidRequest,
}
