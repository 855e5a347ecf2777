using System.Numerics.Tensors;
using System.Threading.Channels;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// Runs one request and owns all that belongs to it. Decoding overlaps inference. Dispose it when <see cref="CollectAsync"/> has ended.
/// <list type="number">
/// <item>Workers take the rows in order, as many at a time as the options allow (<see cref="RowReader"/>).</item>
/// <item>A worker reads the bytes of its row's image.</item>
/// <item>It looks the features up: they are remembered, another request computes them, or this one must.</item>
/// <item>In that case it decodes the image into a crop.</item>
/// <item>The rows come back through a channel, in any order.</item>
/// <item>The owner packs the crops into groups. A group leaves when it is full, or when every row was read. It never waits for a row that itself
/// waits for another request: so requests that share images can't block each other.</item>
/// <item>The router sends each group to the devices.</item>
/// <item>The features are checked, and go to the rows and to the cache.</item>
/// <item>The owner waits for the features that other requests compute. Where those fail, the rows start again at step 1.</item>
/// <item>The owner waits for its groups, and reports the failure of the lowest row, or else of the first group.</item>
/// </list>
/// </summary>
internal sealed class EmbeddingRun : IDisposable
{
    // The request that computes an image can fail. A row that met two failures joins no third request.
    private const int MaxJoins = 2;

    // The reader goes on in the worker whose row completes a group: no other thread needs to wake up.
    private static readonly UnboundedChannelOptions _channel = new() { SingleReader = true, AllowSynchronousContinuations = true };

    private readonly IEmbeddingRouter _router;
    private readonly EmbeddingRequest _request;
    private readonly RouteRequest _route;
    private readonly EmbeddingCache? _cache;
    private readonly RowReader _reader;
    private readonly CancellationTokenSource _stop;
    private readonly EmbeddingRow[] _rows;
    private readonly List<ReadRow> _ready = new(CropGroup.MaxCount);
    private readonly List<EmbeddingFlight> _led = [];
    private readonly List<Task<GroupResult?>> _calls = [];
    private List<(int Row, EmbeddingFlight Flight)> _joined = [];
    private CacheCounts _counts;
    private Exception? _rowFailure;
    private EmbeddingException? _callFailure;

    /// <param name="router">Sends groups to the devices.</param>
    /// <param name="crops">Reads the images.</param>
    /// <param name="cache">Remembers features, where it covers the model.</param>
    /// <param name="request">The request.</param>
    /// <param name="parallelism">Rows that are worked on at the same time.</param>
    public EmbeddingRun(IEmbeddingRouter router, ICropReader crops, EmbeddingCache cache, EmbeddingRequest request, int parallelism)
    {
        (_router, _request) = (router, request);
        _route = new RouteRequest(request.Model, request.Options.Output, request.Priority, request.Deadline.Timestamp);
        _cache = cache.Covers(request.Model) ? cache : null;
        _reader = new RowReader(crops, _cache, request, parallelism);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(request.Deadline.Token);
        _rows = new EmbeddingRow[request.Images.Count];
    }

    /// <summary>Where the rows came from; null when the cache does not cover the model.</summary>
    public CacheCounts? CacheCounts => _cache is null ? null : _counts;

    /// <summary>The rows of the request, complete when <see cref="CollectAsync"/> has ended well.</summary>
    public EmbeddingRow[] Rows => _rows;

    /// <summary>Reads all images, and sends every group of crops. <see cref="CollectAsync"/> reports failures.</summary>
    public Task PreprocessAsync() => ReadAsync([.. Enumerable.Range(0, _rows.Length)], share: true);

    /// <summary>Waits for the devices, and for other requests that compute the same images.</summary>
    /// <returns>The answers for the groups.</returns>
    /// <exception cref="EmbeddingException">A row was refused, the devices failed or the deadline passed.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<List<GroupResult>> CollectAsync()
    {
        // 9. Wait for other requests. Images are read again: keeping them would take unbounded memory.
        for (var joins = 1; await JoinAsync() is { Length: > 0 } left; joins++)
        {
            await ReadAsync(left, share: joins < MaxJoins);
        }

        // 10. Wait for the groups.
        var answers = new List<GroupResult>(_calls.Count);
        foreach (var call in _calls)
        {
            if (await call is { } answer)
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
        // Nothing happens to those that were completed.
        _led.ForEach(flight => _cache!.Abandon(flight));
        _stop.Dispose();
    }

    private async Task ReadAsync(int[] rows, bool share)
    {
        var ledger = new RowLedger(rows.Length);
        var channel = Channel.CreateUnbounded<ReadRow>(_channel);
        // 1 to 4. Read rows.
        var reading = _reader.ReadAsync(rows, ledger, share, channel.Writer, _stop.Token);

        try
        {
            // 5. Receive them.
            while (await channel.Reader.WaitToReadAsync())
            {
                while (channel.Reader.TryRead(out var read))
                {
                    Accept(read);
                    if (ledger.IsSettled)
                    {
                        await _stop.CancelAsync();
                    }
                    else if (_ready.Count == CropGroup.MaxCount)
                    {
                        Send();
                    }
                }
            }

            _rowFailure ??= ledger.Failure;
            if (_ready.Count > 0 && _rowFailure is null && !_stop.IsCancellationRequested)
            {
                Send();
            }

            _ready.ForEach(unsent => unsent.Crop!.Release());
            _ready.Clear();
        }
        finally
        {
            // Whatever happened: the workers read the request's memory.
            await reading;
        }
    }

    private void Accept(in ReadRow read)
    {
        if (read.Error is not null)
        {
            _rows[read.Row] = new(default, read.Error);
        }

        if (read.Crop is not null)
        {
            _ready.Add(read);
        }

        switch (read.Found)
        {
            case { Features: { } known }:
                _rows[read.Row] = new(known, Error: null);
                _counts = _counts with { Hits = _counts.Hits + 1 };
                break;
            case { Joined: { } flight }:
                _joined.Add((read.Row, flight));
                break;
            case { } missed:
                _counts = _counts with { Misses = _counts.Misses + 1 };
                if (missed.Led is { } led)
                {
                    _led.Add(led);
                }

                break;
        }
    }

    // 6. Pack the ready crops.
    private void Send()
    {
        // By row, so that what a device gets does not depend on which decoder was quicker.
        _ready.Sort(static (first, second) => first.Row.CompareTo(second.Row));
        ReadRow[] rows = [.. _ready];
        _ready.Clear();
        _calls.Add(CallAsync(rows, CropGroup.Join(Array.ConvertAll(rows, row => row.Crop!))));
    }

    // Never throws: the first failure stops the run, and null is returned.
    private async Task<GroupResult?> CallAsync(ReadRow[] rows, CropGroup crops)
    {
        try
        {
            // 7. Route. A router that is slow to notice a cancellation must not hold the reply.
            var answer = await _router.EmbedAsync(_route, crops, _stop.Token).WaitAsync(_stop.Token);
            crops.Release();
            Keep(rows, answer.Features);
            return answer;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            var failure = exception as EmbeddingException
                ?? new EmbeddingException(EmbeddingErrorKind.Internal, "The router failed.", innerException: exception);
            Interlocked.CompareExchange(ref _callFailure, failure, null);
            await _stop.CancelAsync();
            return null;
        }
    }

    // 8. Check what devices computed, before it reaches the client or the cache.
    private void Keep(ReadRow[] rows, ReadOnlyMemory<float> answer)
    {
        var size = _route.FeaturesPerImage;
        if (answer.Length != rows.Length * size)
        {
            throw new EmbeddingException(EmbeddingErrorKind.Internal, $"{answer.Length} features came back for {rows.Length} images of {size}.");
        }

        for (var i = 0; i < rows.Length; i++)
        {
            var (row, flight) = (rows[i].Row, rows[i].Found?.Led);
            var features = answer.Slice(i * size, size);
            if (TensorPrimitives.IsFiniteAll(features.Span))
            {
                _rows[row] = new(features, Error: null);
                _cache?.Complete(flight, features.Span);
                continue;
            }

            var error = new EmbeddingException(EmbeddingErrorKind.Internal, "A feature is not a finite number.", row);
            _rows[row] = _request.Options.NullOnError ? new(default, error) : throw error;
            _cache?.Abandon(flight);
        }
    }

    // Rows whose features don't come from other requests, ascending. None when the run was stopped: step 10 reports why.
    private async Task<int[]> JoinAsync()
    {
        var joined = _joined;
        _joined = [];
        var left = new List<int>();
        try
        {
            foreach (var (row, flight) in joined)
            {
                // A flight that has landed doesn't look at the token.
                _stop.Token.ThrowIfCancellationRequested();
                if (await flight.Features.WaitAsync(_stop.Token) is { } known)
                {
                    _rows[row] = new(known, Error: null);
                    _counts = _counts with { Joined = _counts.Joined + 1 };
                }
                else
                {
                    left.Add(row);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return [];
        }

        left.Sort();
        return [.. left];
    }
}
