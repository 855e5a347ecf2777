using System.Buffers;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Crops that travel to a device in one call: uint8 [count, size, size, 3], RGB, contiguous in one pooled array.
/// </summary>
/// <remarks>
/// The array goes back to the pool only after the call that read it completed normally. After a failure or a
/// cancellation a device may still be reading it, so it is left to the garbage collector; and the same when the call
/// completed after an attempt that was given up (<see cref="Abandon"/>).
/// </remarks>
internal sealed class CropBatch
{
    /// <summary>Most crops that one call carries.</summary>
    public const int MaxCount = 8;

    private const int Channels = 3;

    private byte[]? _buffer;
    private volatile bool _abandoned;

    public CropBatch(int count, int cropSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(cropSize, 1);
        Count = count;
        CropSize = cropSize;
        BytesPerCrop = checked(cropSize * cropSize * Channels);
        _buffer = ArrayPool<byte>.Shared.Rent(checked(count * BytesPerCrop));
    }

    /// <summary>Number of crops.</summary>
    public int Count { get; private set; }

    /// <summary>Edge of a crop, in pixels.</summary>
    public int CropSize { get; }

    /// <summary>Bytes of one crop.</summary>
    public int BytesPerCrop { get; }

    /// <summary>Bytes of all crops.</summary>
    public int Length => Count * BytesPerCrop;

    /// <summary>The pooled array: crop i starts at i * <see cref="BytesPerCrop"/>; what follows <see cref="Length"/> is not ours.</summary>
    public byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(CropBatch));

    /// <summary>All pixels.</summary>
    public ReadOnlyMemory<byte> Pixels => Buffer.AsMemory(0, Length);

    /// <summary>Leaves out the last crops, which were never written.</summary>
    public void Trim(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count = count;
    }

    /// <summary>Where crop <paramref name="index"/> is written.</summary>
    public Memory<byte> Crop(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Buffer.AsMemory(index * BytesPerCrop, BytesPerCrop);
    }

    /// <summary>From now on <see cref="ReturnToPool"/> leaves the array to the garbage collector: somebody who doesn't answer may read it at any time.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Gives the array back to the pool. Only when nothing can still read or write it, but for those who made the caller <see cref="Abandon"/> it.</summary>
    public void ReturnToPool()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer && !_abandoned)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
