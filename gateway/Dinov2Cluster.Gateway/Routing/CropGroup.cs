using System.Buffers;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Crops that a gateway sends together: uint8 [count, size, size, 3], RGB, contiguous in one pooled array.</summary>
/// <remarks>
/// A counted lease. Whoever makes the group holds it, and so does every call that gets the crops. A call releases the group when it is answered:
/// only an answer proves that the device reads the crops no more. The last release returns the array to the pool. A call that fails or is given up
/// never releases the group, so the array is left to the garbage collector.
/// </remarks>
internal sealed class CropGroup
{
    /// <summary>Most crops of a group.</summary>
    public const int MaxCount = 8;

    private const int Channels = 3;

    private byte[]? _buffer;
    private int _holders = 1;

    /// <summary>Rents memory for <paramref name="count"/> crops, held by the caller.</summary>
    public CropGroup(int count, int cropSize)
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
    public int Count { get; }

    /// <summary>Edge of a crop, in pixels.</summary>
    public int CropSize { get; }

    /// <summary>Bytes of one crop.</summary>
    public int BytesPerCrop { get; }

    /// <summary>Bytes of all crops.</summary>
    public int Length => Count * BytesPerCrop;

    /// <summary>The pooled array: crop i starts at i * <see cref="BytesPerCrop"/>; the bytes after <see cref="Length"/> are unused.</summary>
    /// <exception cref="ObjectDisposedException">Every holder has released the group.</exception>
    public byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(CropGroup));

    /// <summary>All pixels.</summary>
    public ReadOnlyMemory<byte> Pixels => Buffer.AsMemory(0, Length);

    /// <summary>Makes one group of several, which the caller must hold: its holds pass to the result.</summary>
    public static CropGroup Join(ReadOnlySpan<CropGroup> groups)
    {
        if (groups.Length == 1)
        {
            return groups[0];
        }

        var count = 0;
        foreach (var group in groups)
        {
            count += group.Count;
        }

        var joined = new CropGroup(count, groups[0].CropSize);
        var rest = joined.Buffer.AsSpan(0, joined.Length);
        foreach (var group in groups)
        {
            group.Pixels.Span.CopyTo(rest);
            rest = rest[group.Length..];
            group.Release();
        }

        return joined;
    }

    /// <summary>Memory of crop <paramref name="index"/>.</summary>
    public Memory<byte> Crop(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Buffer.AsMemory(index * BytesPerCrop, BytesPerCrop);
    }

    /// <summary>Adds a holder. Only a holder may call it.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>Removes a holder, who then reads and writes nothing more.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref _buffer, null)!);
        }
    }
}

/// <summary>A part of a group: consecutive crops that one device gets.</summary>
/// <param name="wanted">What is wanted for them.</param>
/// <param name="crops">The group.</param>
/// <param name="first">First crop of the part.</param>
/// <param name="count">Crops in the part.</param>
internal sealed class CropPart(RouteRequest wanted, CropGroup crops, int first, int count)
{
    public ServedModel Model => wanted.Model;

    public int Count => count;

    /// <summary>The group, which each call with the part holds.</summary>
    public CropGroup Group => crops;

    /// <summary>Features that answer the part.</summary>
    public int Features => count * wanted.FeaturesPerImage;

    /// <summary>Devices that it has been to; null for none.</summary>
    public PartHistory? History { get; private set; }

    /// <summary>Time left; zero or less when the deadline passed.</summary>
    public TimeSpan Remaining(TimeProvider time) => time.GetElapsedTime(time.GetTimestamp(), wanted.Deadline);

    /// <summary>The part was sent there.</summary>
    public PartHistory AddTried(DeviceState device)
    {
        History ??= new PartHistory();
        History.AddTried(device);
        return History;
    }

    /// <summary>The crops as a device gets them.</summary>
    public EmbedRequest Request(TimeSpan remaining) =>
        new(crops.Pixels.Slice(first * crops.BytesPerCrop, count * crops.BytesPerCrop), count, remaining, wanted.Priority, wanted.Output);
}
