namespace Dinov2Cluster.Gateway.Routing;

/// <summary>How one call to a device ended.</summary>
internal enum AttemptOutcome
{
    /// <summary>With the features.</summary>
    Answered,

    /// <summary>It was given up: no answer in its time.</summary>
    Late,

    /// <summary>The silo can't be reached, and has not seen the crops.</summary>
    Unreachable,

    /// <summary>The device has no room; no compute was spent.</summary>
    Full,

    /// <summary>The silo is shutting down or doesn't serve the model; no compute was spent.</summary>
    Refused,

    /// <summary>The device failed on the crops, or answered what is no answer to them.</summary>
    Failed,

    /// <summary>The request's time ran out.</summary>
    Expired,

    /// <summary>The caller no longer wants an answer.</summary>
    Cancelled,
}
