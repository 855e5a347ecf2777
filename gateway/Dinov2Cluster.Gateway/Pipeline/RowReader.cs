using System.Threading.Channels;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The workers of one request: steps 1 to 4 of <see cref="EmbeddingRun"/>.</summary>
/// <param name="crops">Reads the images.</param>
/// <param name="cache">Remembers features; null when it does not cover the model.</param>
/// <param name="request">The request.</param>
/// <param name="parallelism">Rows that are worked on at the same time.</param>
internal sealed class RowReader(ICropReader crops, EmbeddingCache? cache, EmbeddingRequest request, int parallelism)
{
    /// <summary>Reads rows, and closes the channel after the last one. When it is stopped, the rows that are left don't come.</summary>
    /// <param name="rows">Rows of the request, ascending.</param>
    /// <param name="ledger">Has a place for each of them.</param>
    /// <param name="share">Whether rows may wait for other requests that compute the same image.</param>
    /// <param name="done">Receives the rows, in any order.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task ReadAsync(int[] rows, RowLedger ledger, bool share, ChannelWriter<ReadRow> done, CancellationToken cancellationToken)
    {
        try
        {
            // One row needs no other thread.
            await (rows.Length == 1 ? WorkAsync() : Task.WhenAll(
                Enumerable.Range(0, Math.Min(rows.Length, parallelism)).Select(_ => Task.Run(WorkAsync, CancellationToken.None))));
        }
        finally
        {
            done.Complete();
        }

        async Task WorkAsync()
        {
            // 1. Take the next row.
            while (!cancellationToken.IsCancellationRequested && ledger.TryTake(out var place))
            {
                if (await ReadRowAsync(rows[place], share, cancellationToken) is { } read)
                {
                    ledger.Complete(place, request.Options.NullOnError ? null : read.Error);
                    done.TryWrite(read);
                }
            }
        }
    }

    // Null when it was stopped.
    private async Task<ReadRow?> ReadRowAsync(int row, bool share, CancellationToken cancellationToken)
    {
        CacheLookup? found = null;
        CropGroup? crop = null;
        EmbeddingException? error;
        try
        {
            // 2. Read the image's bytes: fetch them, decode base64.
            using var source = await crops.ReadAsync(request.Images[row], request.Model, cancellationToken);

            // 3. Look the features up.
            found = cache?.Find(CacheKey.For(source.Bytes.Span, source.Kind, request.Model, request.Options.Output), share);
            if (found is null or { Features: null, Joined: null })
            {
                // 4. Decode the image into a crop.
                crop = new CropGroup(count: 1, request.Model.CropSize);
                await crops.DecodeAsync(source, request.Model, crop.Crop(0), cancellationToken);
            }

            return new(row, found, crop, Error: null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            error = null;
        }
        catch (ImageException exception)
        {
            error = EmbeddingException.BadImage(row, exception);
        }
        catch (Exception exception)
        {
            error = new EmbeddingException(EmbeddingErrorKind.Internal, "Preprocessing failed.", row, innerException: exception);
        }

        // Others who want the same image must not wait for the rest of this request.
        crop?.Release();
        cache?.Abandon(found?.Led);
        return error is null ? null : new(row, found, Crop: null, error);
    }
}

/// <summary>A row that was read.</summary>
/// <param name="Row">Zero-based row of the request.</param>
/// <param name="Found">The cache's answer for the image; null when it was not asked.</param>
/// <param name="Crop">The crop, if the features must be computed; the receiver releases it.</param>
/// <param name="Error">Why there is neither.</param>
internal readonly record struct ReadRow(int Row, CacheLookup? Found, CropGroup? Crop, EmbeddingException? Error);

/// <summary>
/// Hands out rows in order and keeps their failures. After a failure no new row starts, but those before the failed one finish:
/// so the reported error is always that of the lowest bad row, whatever the timing was.
/// </summary>
internal sealed class RowLedger(int count)
{
    private readonly Lock _lock = new();
    private readonly bool[] _done = new bool[count];
    private int _next;
    private int _firstOpen;
    private int _failedRow = int.MaxValue;
    private volatile Exception? _failure;
    private volatile bool _isSettled;

    /// <summary>The error of the lowest failed row.</summary>
    public Exception? Failure => _failure;

    /// <summary>Whether <see cref="Failure"/> is final, so that what still runs may be stopped.</summary>
    public bool IsSettled => _isSettled;

    /// <summary>Takes the next row, unless none is left or one failed.</summary>
    public bool TryTake(out int row)
    {
        lock (_lock)
        {
            row = _next;
            if (_failure is not null || _next == count)
            {
                return false;
            }

            _next++;
            return true;
        }
    }

    /// <summary>Ends a row.</summary>
    public void Complete(int row, Exception? failure = null)
    {
        lock (_lock)
        {
            if (failure is not null && row < _failedRow)
            {
                (_failedRow, _failure) = (row, failure);
            }

            _done[row] = true;
            while (_firstOpen < count && _done[_firstOpen])
            {
                _firstOpen++;
            }

            _isSettled = _firstOpen > _failedRow;
        }
    }
}
