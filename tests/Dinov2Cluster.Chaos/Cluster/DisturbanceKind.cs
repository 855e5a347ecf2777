namespace Dinov2Cluster.Chaos.Cluster;

/// <summary>What is done to a silo.</summary>
internal enum DisturbanceKind
{
    /// <summary>SIGKILL, and a new process after a while.</summary>
    Kill,

    /// <summary>SIGTERM, and a new process once the old one has ended.</summary>
    Terminate,

    /// <summary>SIGSTOP for five seconds.</summary>
    Freeze,
}
