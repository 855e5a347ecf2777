using System.Buffers;
using Dinov2Cluster.Primitives;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>Crops for one device.</summary>
/// <param name="Crops">uint8 [count, size, size, 3], RGB, contiguous.</param>
/// <param name="Count">Number of crops, at least 1; gateways send at most 8.</param>
/// <param name="Timeout">How long the answer is of use. A duration, because clocks of machines differ.</param>
/// <param name="Priority">Which images the device takes first.</param>
/// <param name="Output">Which features.</param>
[GenerateSerializer, Immutable, Alias("dinov2.EmbedRequest")]
public sealed record EmbedRequest(
    [property: Id(0)] CropPayload Crops,
    [property: Id(1)] int Count,
    [property: Id(2)] TimeSpan Timeout,
    [property: Id(3)] Priority Priority = Priority.Interactive,
    [property: Id(4)] Output Output = Output.Cls);

/// <summary>The pixels of a request, and who owns their memory.</summary>
/// <remarks>
/// A payload from the wire is in an array from the pool; <see cref="Release"/> returns the array. A payload that a caller made is a view of the
/// caller's memory, also where caller and device share a process and the object itself travels; releasing it does nothing.
/// The garbage collector takes the array of a payload that is never released because its message was dropped.
/// </remarks>
[Immutable]
public sealed class CropPayload
{
    private readonly ReadOnlyMemory<byte> _pixels;
    private readonly bool _isRented;
    private byte[]? _rented;

    /// <summary>A view of the caller's memory.</summary>
    public CropPayload(ReadOnlyMemory<byte> pixels) => _pixels = pixels;

    private CropPayload(byte[] rented, int length)
        : this(rented.AsMemory(0, length)) => (_rented, _isRented) = (rented, true);

    /// <summary>Bytes.</summary>
    public int Length => _pixels.Length;

    /// <summary>uint8, contiguous.</summary>
    /// <exception cref="ObjectDisposedException">They were in a rented array, which was returned.</exception>
    public ReadOnlyMemory<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isRented && Volatile.Read(ref _rented) is null, this);
            return _pixels;
        }
    }

    /// <summary>A view of the caller's memory.</summary>
    public static implicit operator CropPayload(ReadOnlyMemory<byte> pixels) => new(pixels);

    /// <summary>A view of the caller's memory.</summary>
    public static CropPayload FromReadOnlyMemory(ReadOnlyMemory<byte> pixels) => new(pixels);

    /// <summary>Returns a rented array to the pool, once. Call it only when nothing can still read the pixels.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>A payload in an array from the pool.</summary>
    /// <param name="length">Bytes; the caller has checked it.</param>
    /// <param name="pixels">Where to write them.</param>
    internal static CropPayload Rent(int length, out Span<byte> pixels)
    {
        var rented = ArrayPool<byte>.Shared.Rent(length);
        pixels = rented.AsSpan(0, length);
        return new(rented, length);
    }
}

/// <summary>Writes pixels as they are, and reads them into an array from the pool: a new array for each message would be garbage on the large object heap.</summary>
[RegisterSerializer]
internal sealed class CropPayloadCodec : IFieldCodec<CropPayload>
{
    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, CropPayload? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
        {
            return;
        }

        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(CropPayload), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)value!.Length);
        writer.Write(value.Pixels.Span);
    }

    /// <inheritdoc/>
    public CropPayload ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
        {
            return ReferenceCodec.ReadReference<CropPayload, TInput>(ref reader, field)!;
        }

        field.EnsureWireType(WireType.LengthPrefixed);
        var length = reader.ReadVarUInt32();
        // Orleans bounds the message and has received all of it: nothing is rented for bytes that were only announced.
        reader.EnsureAvailable(length);
        var payload = CropPayload.Rent(checked((int)length), out var pixels);
        reader.ReadBytes(pixels);
        ReferenceCodec.RecordObject(reader.Session, payload);
        return payload;
    }
}
