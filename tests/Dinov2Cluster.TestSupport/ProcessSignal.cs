namespace Dinov2Cluster.TestSupport;

/// <summary>Signals that a test sends to a process of its own, with Linux' numbers on x64 and ARM64 (signal(7)).</summary>
internal enum ProcessSignal
{
    /// <summary>SIGTERM: please stop.</summary>
    Terminate = 15,

    /// <summary>SIGCONT: run again.</summary>
    Continue = 18,

    /// <summary>SIGSTOP: stand still, as a machine that freezes.</summary>
    Stop = 19,
}
