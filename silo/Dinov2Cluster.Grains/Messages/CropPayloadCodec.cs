using System.Buffers;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>Writes pixels as they are, and reads them into an array from the pool: one of their own for each message would be garbage on the large object heap.</summary>
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
        // The message is here as a whole, and Orleans bounds it: nothing is rented for bytes that were only announced.
        reader.EnsureAvailable(length);
        var payload = CropPayload.Rent(checked((int)length), out var pixels);
        reader.ReadBytes(pixels);
        ReferenceCodec.RecordObject(reader.Session, payload);
        return payload;
    }
}
