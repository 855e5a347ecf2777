using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Rows of a request that travel in one call. <see cref="CropPacker"/>'s lock guards everything but the call.</summary>
internal sealed class CropGroup(int capacity, int cropSize)
{
    private readonly GroupedRow[] _rows = new GroupedRow[capacity];
    private CropBatch? _batch = new(capacity, cropSize);
    private int _count;
    private int _ready;
    private bool _closed;

    /// <summary>The call with these crops; null comes out of it when it failed or was never made.</summary>
    public Task<GroupResult?> Call { get; private set; } = Task.FromResult<GroupResult?>(null);

    /// <summary>The rows, in the order of the crops.</summary>
    public ReadOnlySpan<GroupedRow> Rows => _rows.AsSpan(0, _count);

    /// <summary>Whether no further row fits.</summary>
    public bool IsFull => _count == capacity;

    /// <summary>Whether no row can come any more, and all crops are there.</summary>
    public bool IsComplete => _closed && _ready == _count;

    /// <summary>Adds a row, whose crop is written to the result.</summary>
    public Memory<byte> Add(int row, EmbeddingFlight? flight)
    {
        var crop = _batch!.Crop(_count);
        _rows[_count++] = new GroupedRow(row, flight);
        return crop;
    }

    /// <summary>A crop is ready.</summary>
    public void CountReady() => _ready++;

    /// <summary>A row's crop won't come. Its place is closed when the group is sent: until then others write to theirs.</summary>
    public void Drop(int row)
    {
        var index = Array.FindIndex(_rows, 0, _count, placed => placed.Row == row);
        _rows[index] = _rows[index] with { IsDropped = true };
        _ready++;
    }

    /// <summary>No further row comes.</summary>
    public void Close() => _closed = true;

    /// <summary>Makes the call, unless every row was dropped. Only when the group is complete.</summary>
    public void Send(Func<CropGroup, CropBatch, Task<GroupResult?>> send)
    {
        // From here on the crops belong to the call.
        var batch = _batch!;
        _batch = null;
        Compact(batch);
        if (_count == 0)
        {
            batch.ReturnToPool();
            return;
        }

        batch.Trim(_count);
        Call = send(this, batch);
    }

    /// <summary>Gives the memory of crops back that no call took.</summary>
    public void ReturnUnsent() => Interlocked.Exchange(ref _batch, null)?.ReturnToPool();

    private void Compact(CropBatch batch)
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_rows[i].IsDropped)
            {
                continue;
            }

            if (kept < i)
            {
                batch.Crop(i).CopyTo(batch.Crop(kept));
                _rows[kept] = _rows[i];
            }

            kept++;
        }

        _count = kept;
    }
}
