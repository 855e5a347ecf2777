namespace Dinov2Cluster.Gateway.Routing;

/// <summary>What a silo is good for, as this gateway sees it.</summary>
internal enum SiloState
{
    /// <summary>It is a member and has not said yet what it serves, or loads its models.</summary>
    Starting,

    /// <summary>It serves.</summary>
    Ready,

    /// <summary>It shuts down: it finishes what it has, and gets nothing new.</summary>
    Draining,

    /// <summary>It is a member, but its last answer is missing.</summary>
    Unreachable,
}
