using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Consecutive rows of a request that travel in one call.</summary>
internal sealed class CropGroup(int count, int cropSize)
{
    private readonly Lock _lock = new();
    private CropBatch? _batch;
    private int _ready;

    /// <summary>The call with these crops; null comes out of it when it failed or was never made.</summary>
    public Task<RoutedBatch?> Call { get; private set; } = Task.FromResult<RoutedBatch?>(null);

    /// <summary>Splits rows into groups of up to <see cref="CropBatch.MaxCount"/>, in order.</summary>
    public static CropGroup[] Split(int rows, int cropSize)
    {
        var groups = new CropGroup[(rows + CropBatch.MaxCount - 1) / CropBatch.MaxCount];
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = new CropGroup(Math.Min(CropBatch.MaxCount, rows - (i * CropBatch.MaxCount)), cropSize);
        }

        return groups;
    }

    /// <summary>Where a crop is written. Memory is taken when the first is asked for, not for the whole request at once.</summary>
    public Memory<byte> Crop(int index)
    {
        lock (_lock)
        {
            _batch ??= new CropBatch(count, cropSize);
            return _batch.Crop(index);
        }
    }

    /// <summary>One more crop is ready.</summary>
    /// <returns>True when it was the last.</returns>
    public bool CountReady() => Interlocked.Increment(ref _ready) == count;

    /// <summary>Makes the call.</summary>
    public void Send(Func<CropBatch, Task<RoutedBatch?>> send)
    {
        // From here on the crops belong to the call.
        var batch = _batch!;
        _batch = null;
        Call = send(batch);
    }

    /// <summary>Gives the memory of crops back that no call took.</summary>
    public void ReturnUnsent() => Interlocked.Exchange(ref _batch, null)?.ReturnToPool();
}
