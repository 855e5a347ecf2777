using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>A stream's caller, who is charged for each image of a batch once, however often it is tried.</summary>
internal sealed class GroupCaller(ICaller caller, IReadOnlyList<StreamImage> batch) : ICaller
{
    /// <inheritdoc/>
    public void Take(int images)
    {
        var uncharged = batch.Count(image => !image.IsCharged);
        if (uncharged > 0)
        {
            caller.Take(uncharged);
        }

        foreach (var image in batch)
        {
            image.IsCharged = true;
        }
    }
}
