namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Gets the bytes behind an image's URL.</summary>
public interface IImageFetcher
{
    /// <summary>Fetches <paramref name="url"/> whole. The caller owns the buffer, which holds the body as sent and may be empty.</summary>
    /// <param name="url">An absolute <c>http</c> or <c>https</c> URL, as the client wrote it.</param>
    /// <param name="cancellationToken">The caller's own cancellation; time-outs are the fetcher's.</param>
    /// <exception cref="ImageException">The URL was refused, or the fetch failed or took too long: always <see cref="ImageErrorKind.FetchFailed"/>. The detail is only logged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken);
}
