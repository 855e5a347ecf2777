using Dinov2Cluster.Client.Settings;

namespace Dinov2Cluster.Client.Bulk;

/// <summary>Gets a run's images answered, in any order.</summary>
internal interface IBulkSender
{
    /// <summary>Takes images from <see cref="BulkRun.Ready"/> until it ends, and gives each its answer.</summary>
    /// <exception cref="Dinov2Exception">The service fails.</exception>
    Task SendAsync(BulkRun run, EmbedCall call, CancellationToken cancellationToken);
}
