using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client.Bulk;

/// <summary>An image of a run that isn't answered yet.</summary>
/// <param name="index">Its position in the input.</param>
/// <param name="source">Where it comes from.</param>
internal sealed class PendingImage(long index, ImageSource source)
{
    private readonly TaskCompletionSource<EmbedResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Index => index;

    public ImageSource Source => source;

    /// <summary>What is sent; there before the image is in <see cref="BulkRun.Ready"/>.</summary>
    public ImagePayload Payload { get; set; } = null!;

    /// <summary>How often the gateway has sent the image back for later.</summary>
    public int Retries { get; set; }

    public Task<EmbedResult> Result => _result.Task;

    public void SetResult(EmbedResult result) => _result.SetResult(result);
}
