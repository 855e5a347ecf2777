using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// One request on its way: rows become crops in parallel, and each group of up to <see cref="CropBatch.MaxCount"/> crops leaves for
/// a device as soon as its last one is ready, so that decoding overlaps inference. Dispose it when nothing of it is under way.
/// </summary>
internal sealed class EmbeddingRun : IDisposable
{
    private readonly IEmbeddingRouter _router;
    private readonly ICropReader _crops;
    private readonly ServedModel _model;
    private readonly IReadOnlyList<ImageText> _images;
    private readonly EmbedPriority _priority;
    private readonly RequestDeadline _deadline;
    private readonly int _parallelism;
    private readonly CancellationTokenSource _stop;
    private readonly ReadOnlyMemory<float>[] _features;
    private readonly CropPacker _packer;
    private readonly RowCache? _cache;
    private Exception? _rowFailure;
    private EmbeddingException? _callFailure;

    /// <param name="router">The way to the devices.</param>
    /// <param name="crops">Reads the images.</param>
    /// <param name="cache">Remembers features, where it covers the model.</param>
    /// <param name="model">The model.</param>
    /// <param name="images">The images; their memory must stay valid as long as the run.</param>
    /// <param name="priority">Whether others go first at a device.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="parallelism">Rows that are worked on at the same time.</param>
    public EmbeddingRun(
        IEmbeddingRouter router,
        ICropReader crops,
        EmbeddingCache cache,
        ServedModel model,
        IReadOnlyList<ImageText> images,
        EmbedPriority priority,
        RequestDeadline deadline,
        int parallelism)
    {
        (_router, _crops, _model, _images) = (router, crops, model, images);
        (_priority, _deadline, _parallelism) = (priority, deadline, parallelism);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        _features = new ReadOnlyMemory<float>[images.Count];
        _packer = new CropPacker(images.Count, model.CropSize, CallAsync);
        _cache = cache.Covers(model) ? new RowCache(cache, model, _features) : null;
    }

    /// <summary>What the cache gave; null when it does not cover the model.</summary>
    public CacheCounts? CacheCounts => _cache?.Counts;

    /// <summary>float32 [embedding size] of each row, once <see cref="CollectAsync"/> is done.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Features => _features;

    /// <summary>Reads all images, and sends every complete group of crops. A failure is told by <see cref="CollectAsync"/>.</summary>
    public Task PreprocessAsync() => ReadAsync(new RowLedger(_images.Count), rows: null);

    /// <summary>Waits for the devices, and for other requests that compute the same images.</summary>
    /// <returns>The devices' answers.</returns>
    /// <exception cref="EmbeddingException">A row was refused, the devices failed or the deadline passed.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<List<RoutedBatch>> CollectAsync()
    {
        if (_cache is not null)
        {
            await JoinAsync(_cache);
        }

        var answers = new List<RoutedBatch>(_packer.Groups.Count);
        foreach (var group in _packer.Groups)
        {
            if (await group.Call is { } answer)
            {
                answers.Add(answer);
            }
        }

        if (_rowFailure is not null)
        {
            throw _rowFailure;
        }

        _deadline.ThrowIfOver();
        return _callFailure is null ? answers : throw _callFailure;
    }

    public void Dispose()
    {
        if (_cache is not null)
        {
            foreach (var group in _packer.Groups)
            {
                foreach (var row in group.Rows)
                {
                    // Nothing happens to those that were completed.
                    _cache.Abandon(row.Flight);
                }
            }
        }

        _stop.Dispose();
    }

    // Rows whose features were to come from a request that failed are read again: keeping their images would take unbounded memory.
    private async Task JoinAsync(RowCache cache)
    {
        try
        {
            while (await cache.LandAsync(_stop.Token) is { Length: > 0 } rows)
            {
                _packer.Reconsider(rows.Length);
                await ReadAsync(new RowLedger(rows.Length), rows);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What stopped the run is told after its calls have ended.
        }
    }

    private async Task ReadAsync(RowLedger ledger, int[]? rows)
    {
        var count = rows?.Length ?? _images.Count;
        if (count == 1)
        {
            await WorkAsync(ledger, rows);
        }
        else
        {
            var workers = new Task[Math.Min(count, _parallelism)];
            for (var i = 0; i < workers.Length; i++)
            {
                workers[i] = Task.Run(() => WorkAsync(ledger, rows), CancellationToken.None);
            }

            await Task.WhenAll(workers);
        }

        _rowFailure ??= ledger.Failure;
        // No worker writes any more, and nobody else has seen the crops of a group that was never sent.
        foreach (var group in _packer.Groups)
        {
            group.ReturnUnsent();
        }
    }

    private async Task WorkAsync(RowLedger ledger, int[]? rows)
    {
        while (!_stop.IsCancellationRequested && ledger.TryTake(out var taken))
        {
            var row = rows is null ? taken : rows[taken];
            var target = new RowTarget(row, _packer, _cache);
            Exception? failure = null;
            try
            {
                await _crops.ReadAsync(_images[row], _model, target, _stop.Token);
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

            if (failure is not null)
            {
                target.Fail();
            }

            if (ledger.Complete(taken, failure))
            {
                await _stop.CancelAsync();
            }
            else if (failure is null)
            {
                target.Succeed();
            }
        }
    }

    // Never throws: the first failure stops the run, which then says what it was.
    private async Task<RoutedBatch?> CallAsync(CropGroup group, CropBatch batch)
    {
        try
        {
            // A router that is slow to notice a cancellation must not hold the reply.
            var answer = await _router.EmbedAsync(_model, batch, _priority, _deadline.Timestamp, _stop.Token).WaitAsync(_stop.Token);
            batch.ReturnToPool();
            AnswerCheck.ThrowIfBad(answer, batch.Count, _model);
            Keep(group, answer);
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

    private void Keep(CropGroup group, RoutedBatch answer)
    {
        var size = _model.EmbeddingSize;
        for (var i = 0; i < group.Rows.Length; i++)
        {
            var (row, flight) = group.Rows[i];
            var features = answer.Features.Slice(i * size, size);
            _features[row] = features;
            _cache?.Complete(flight, features.Span);
        }
    }
}
