namespace Dinov2Cluster.Silo.Models;

/// <summary>Where a silo's models are in their life.</summary>
internal enum ModelHostState
{
    /// <summary>Models are being loaded and warmed up.</summary>
    Loading,

    /// <summary>Every model is on every device.</summary>
    Ready,

    /// <summary>Shutting down: what is queued is finished, nothing new is taken.</summary>
    Draining,
}
