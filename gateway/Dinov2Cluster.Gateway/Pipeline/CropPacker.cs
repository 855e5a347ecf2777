using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// Packs the crops of one request into calls of up to <see cref="CropBatch.MaxCount"/>, in the order in which their decoding begins. A call
/// leaves when its last crop is ready, and a part of one as soon as every other row is known to need none. It never waits for a row
/// that itself waits for features: so requests that share images can't block each other.
/// </summary>
internal sealed class CropPacker(int rows, int cropSize, Func<CropGroup, CropBatch, Task<GroupResult?>> send)
{
    private readonly Lock _lock = new();
    private readonly List<CropGroup> _groups = [];
    private CropGroup? _open;
    // Rows that may still need a crop.
    private int _undecided = rows;

    /// <summary>All groups so far. To be read when no row is in work.</summary>
    public IReadOnlyList<CropGroup> Groups => _groups;

    /// <summary>A row needs a crop, to be written to <paramref name="crop"/>. Memory is taken group by group, not for the whole request at once.</summary>
    public CropGroup Place(int row, EmbeddingFlight? flight, out Memory<byte> crop)
    {
        lock (_lock)
        {
            var group = _open;
            if (group is null)
            {
                group = new CropGroup(Math.Min(CropBatch.MaxCount, _undecided), cropSize);
                _groups.Add(group);
            }

            crop = group.Add(row, flight);
            _undecided--;
            _open = group.IsFull || _undecided == 0 ? null : group;
            if (_open is null)
            {
                group.Close();
            }

            return group;
        }
    }

    /// <summary>A crop is ready.</summary>
    public void Ready(CropGroup group)
    {
        bool complete;
        lock (_lock)
        {
            group.CountReady();
            complete = group.IsComplete;
        }

        // The one that made it complete sends it.
        if (complete)
        {
            group.Send(send);
        }
    }

    /// <summary>A crop won't come, and the others go without it.</summary>
    public void Drop(CropGroup group, int row)
    {
        bool complete;
        lock (_lock)
        {
            group.Drop(row);
            complete = group.IsComplete;
        }

        if (complete)
        {
            group.Send(send);
        }
    }

    /// <summary>A row needs no crop.</summary>
    public void Skip()
    {
        CropGroup? complete = null;
        lock (_lock)
        {
            if (--_undecided == 0 && _open is { } last)
            {
                _open = null;
                last.Close();
                complete = last.IsComplete ? last : null;
            }
        }

        complete?.Send(send);
    }

    /// <summary>Rows that needed no crop need one after all.</summary>
    public void Reconsider(int count)
    {
        lock (_lock)
        {
            _undecided += count;
        }
    }
}
