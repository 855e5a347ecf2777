using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;
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
    private readonly EmbeddingRequest _request;
    private readonly RouteRequest _route;
    private readonly int _parallelism;
    private readonly CancellationTokenSource _stop;
    private readonly ReadOnlyMemory<float>[] _features;
    private readonly EmbeddingException?[]? _errors;
    private readonly CropPacker _packer;
    private readonly RowCache? _cache;
    private Exception? _rowFailure;
    private EmbeddingException? _callFailure;

    /// <param name="router">The way to the devices.</param>
    /// <param name="crops">Reads the images.</param>
    /// <param name="cache">Remembers features, where it covers the model.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="parallelism">Rows that are worked on at the same time.</param>
    public EmbeddingRun(IEmbeddingRouter router, ICropReader crops, EmbeddingCache cache, EmbeddingRequest request, int parallelism)
    {
        var (model, output, count) = (request.Model, request.Options.Output, request.Images.Count);
        (_router, _crops, _request, _parallelism) = (router, crops, request, parallelism);
        _route = new RouteRequest(model, output, request.Priority, request.Deadline.Timestamp);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(request.Deadline.Token);
        _features = new ReadOnlyMemory<float>[count];
        _errors = request.Options.NullOnError ? new EmbeddingException?[count] : null;
        _packer = new CropPacker(count, model.CropSize, CallAsync);
        _cache = cache.Covers(model) ? new RowCache(cache, model, output, _features) : null;
    }

    /// <summary>What the cache gave; null when it does not cover the model.</summary>
    public CacheCounts? CacheCounts => _cache?.Counts;

    /// <summary>What became of a row, once <see cref="CollectAsync"/> is done.</summary>
    public EmbeddingRow Row(int row) => new(_features[row], _errors?[row]);

    /// <summary>Reads all images, and sends every complete group of crops. A failure is told by <see cref="CollectAsync"/>.</summary>
    public Task PreprocessAsync() => ReadAsync(new RowLedger(_features.Length), rows: null);

    /// <summary>Waits for the devices, and for other requests that compute the same images.</summary>
    /// <returns>The devices' answers.</returns>
    /// <exception cref="EmbeddingException">A row was refused, the devices failed or the deadline passed.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<List<GroupResult>> CollectAsync()
    {
        if (_cache is not null)
        {
            await JoinAsync(_cache);
        }

        var answers = new List<GroupResult>(_packer.Groups.Count);
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

        _request.Deadline.ThrowIfOver();
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
        var count = rows?.Length ?? _features.Length;
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
            EmbeddingException? failure = null;
            try
            {
                await _crops.ReadAsync(_request.Images[row], _request.Model, target, _stop.Token);
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

            await EndRowAsync(ledger, taken, row, target, failure);
        }
    }

    private async ValueTask EndRowAsync(RowLedger ledger, int taken, int row, RowTarget target, EmbeddingException? failure)
    {
        if (failure is not null && _errors is not null)
        {
            _errors[row] = failure;
            ledger.Complete(taken);
            target.Drop();
            return;
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

    // Never throws: the first failure stops the run, which then says what it was.
    private async Task<GroupResult?> CallAsync(CropGroup group, CropBatch batch)
    {
        try
        {
            // A router that is slow to notice a cancellation must not hold the reply.
            var answer = await _router.EmbedAsync(_route, batch, _stop.Token).WaitAsync(_stop.Token);
            batch.ReturnToPool();
            AnswerCheck.ThrowIfBad(answer, batch.Count, _route);
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

    private void Keep(CropGroup group, GroupResult answer)
    {
        var size = _route.FeaturesPerImage;
        for (var i = 0; i < group.Rows.Length; i++)
        {
            var (row, flight, _) = group.Rows[i];
            var features = answer.Features.Slice(i * size, size);
            if (AnswerCheck.Check(row, features.Span) is { } bad)
            {
                if (_errors is null)
                {
                    throw bad;
                }

                _errors[row] = bad;
                _cache?.Abandon(flight);
                continue;
            }

            _features[row] = features;
            _cache?.Complete(flight, features.Span);
        }
    }
}
