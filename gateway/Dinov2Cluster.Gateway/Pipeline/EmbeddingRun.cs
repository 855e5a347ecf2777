using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// One request on its way: rows become crops in parallel, and each group of up to <see cref="CropBatch.MaxCount"/> rows leaves for
/// a device as soon as its last crop is ready, so that decoding overlaps inference.
/// </summary>
internal sealed class EmbeddingRun(
    IEmbeddingRouter router, ICropReader crops, ServedModel model, IReadOnlyList<ImageText> images, RequestDeadline deadline) : IDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
    private readonly RowLedger _rows = new(images.Count);
    private readonly CropGroup[] _groups = CropGroup.Split(images.Count, model.CropSize);
    private EmbeddingException? _callFailure;

    /// <summary>Makes all crops, and sends every complete group.</summary>
    /// <param name="parallelism">Rows that are worked on at the same time.</param>
    /// <exception cref="EmbeddingException">A row was refused, or the deadline passed.</exception>
    public async Task PreprocessAsync(int parallelism)
    {
        if (images.Count == 1)
        {
            await WorkAsync();
        }
        else
        {
            var workers = new Task[Math.Min(images.Count, parallelism)];
            for (var i = 0; i < workers.Length; i++)
            {
                workers[i] = Task.Run(WorkAsync, CancellationToken.None);
            }

            await Task.WhenAll(workers);
        }

        // No worker writes any more, and nobody else has seen the crops of a group that was never sent.
        foreach (var group in _groups)
        {
            group.ReturnUnsent();
        }
    }

    /// <summary>Waits for the devices.</summary>
    /// <returns>One answer per group, in row order.</returns>
    /// <exception cref="EmbeddingException">A row was refused, the devices failed or the deadline passed.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<RoutedBatch[]> CollectAsync()
    {
        await Task.WhenAll(_groups.Select(group => group.Call));
        if (_rows.Failure is { } rowFailure)
        {
            throw rowFailure;
        }

        deadline.ThrowIfOver();
        return _callFailure is null
            ? Array.ConvertAll(_groups, group => group.Call.Result!)
            : throw _callFailure;
    }

    public void Dispose() => _stop.Dispose();

    private async Task WorkAsync()
    {
        while (!_stop.IsCancellationRequested && _rows.TryTake(out var row))
        {
            var group = _groups[row / CropBatch.MaxCount];
            Exception? failure = null;
            try
            {
                await crops.ReadAsync(images[row], model, group.Crop(row % CropBatch.MaxCount), _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (ImageException error)
            {
                failure = EmbeddingException.BadImage(row, error);
            }
            catch (Exception error)
            {
                failure = new EmbeddingException(EmbeddingErrorKind.Internal, "Preprocessing failed.", row, innerException: error);
            }

            if (_rows.Complete(row, failure))
            {
                await _stop.CancelAsync();
            }
            else if (failure is null && group.CountReady())
            {
                group.Send(CallAsync);
            }
        }
    }

    // Never throws: the first failure stops the run, which then says what it was.
    private async Task<RoutedBatch?> CallAsync(CropBatch batch)
    {
        try
        {
            // A router that is slow to notice a cancellation must not hold the reply.
            var answer = await router.EmbedAsync(model, batch, deadline.Timestamp, _stop.Token).WaitAsync(_stop.Token);
            batch.ReturnToPool();
            Check(answer, batch.Count);
            return answer;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception error)
        {
            var failure = error as EmbeddingException
                ?? new EmbeddingException(EmbeddingErrorKind.Internal, "The router failed.", innerException: error);
            Interlocked.CompareExchange(ref _callFailure, failure, null);
            await _stop.CancelAsync();
            return null;
        }
    }

    private void Check(RoutedBatch answer, int count)
    {
        var features = answer.Features.Span;
        if (features.Length != count * model.EmbeddingSize)
        {
            throw new EmbeddingException(
                EmbeddingErrorKind.Internal, $"{features.Length} features came back for {count} images of {model.EmbeddingSize}.");
        }

        foreach (var feature in features)
        {
            if (!float.IsFinite(feature))
            {
                throw new EmbeddingException(EmbeddingErrorKind.Internal, "A feature is not a finite number.");
            }
        }
    }
}
