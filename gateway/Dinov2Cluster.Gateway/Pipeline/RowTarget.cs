using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>One row on its way: looks its image up, and places its crop if it must be computed.</summary>
internal sealed class RowTarget(int row, CropPacker packer, RowCache? cache) : ICropTarget
{
    private EmbeddingFlight? _flight;
    private CropGroup? _group;

    /// <inheritdoc/>
    public bool TryPlace(ReadOnlySpan<byte> source, ImageInputKind kind, out Memory<byte> crop)
    {
        if (cache is not null && !cache.IsNeeded(row, source, kind, out _flight))
        {
            packer.Skip();
            crop = default;
            return false;
        }

        _group = packer.Place(row, _flight, out crop);
        return true;
    }

    /// <summary>The row was read: its crop, if it needs one, is ready.</summary>
    public void Succeed()
    {
        if (_group is not null)
        {
            packer.Ready(_group);
        }
    }

    /// <summary>The row can't be computed. Others who want the same image must not wait for what else the request has under way.</summary>
    public void Fail() => cache?.Abandon(_flight);

    /// <summary>The row can't be computed, and the request goes on without it.</summary>
    public void Drop()
    {
        Fail();
        if (_group is null)
        {
            packer.Skip();
        }
        else
        {
            packer.Drop(_group, row);
        }
    }
}
