using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client;

/// <summary>Sends the images of a run, and reports their answers in any order.</summary>
internal interface IBulkSender
{
    /// <summary>Takes images from <see cref="BulkRun.Ready"/> until it completes, and sets the answer of each.</summary>
    /// <exception cref="Dinov2Exception">The service fails.</exception>
    Task SendAsync(BulkRun run, EmbedCall call, CancellationToken cancellationToken);
}

/// <summary>An image of a run without an answer.</summary>
/// <param name="index">Its position in the input.</param>
/// <param name="source">The caller's image.</param>
internal sealed class PendingImage(long index, ImageSource source)
{
    private readonly TaskCompletionSource<EmbedResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Index => index;

    public ImageSource Source => source;

    /// <summary>What is sent; set before the image is in <see cref="BulkRun.Ready"/>.</summary>
    public ImagePayload Payload { get; set; } = null!;

    /// <summary>How often the image was sent again because the gateway couldn't answer it.</summary>
    public int Retries { get; set; }

    public Task<EmbedResult> Result => _result.Task;

    public void SetResult(EmbedResult result) => _result.SetResult(result);
}
