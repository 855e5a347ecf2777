using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>Writes a safetensors file of seeded random float32 tensors through one small buffer, whatever the model's size.</summary>
internal static class SafetensorsWriter
{
    private const int BufferFloats = 1 << 18;

    // The format aligns the data so that readers can map it.
    private const int Alignment = 8;

    public static void WriteRandom(string path, IReadOnlyList<TensorShape> tensors, int seed, CancellationToken cancellationToken)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(Header(tensors, seed));
        var buffer = ArrayPool<float>.Shared.Rent(BufferFloats);
        try
        {
            for (var i = 0; i < tensors.Count; i++)
            {
                var stream = new RandomWeightStream(seed, i, tensors[i].Mean, tensors[i].StandardDeviation);
                for (var left = tensors[i].Count; left > 0;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var chunk = buffer.AsSpan(0, (int)Math.Min(BufferFloats, left));
                    stream.Fill(chunk);
                    file.Write(MemoryMarshal.AsBytes(chunk));
                    left -= chunk.Length;
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    private static byte[] Header(IReadOnlyList<TensorShape> tensors, int seed)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            writer.WriteString(CheckpointLayout.RandomSeedKey, seed.ToString(System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            var begin = 0L;
            foreach (var tensor in tensors)
            {
                var end = begin + (tensor.Count * sizeof(float));
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", TensorType.F32);
                WriteArray(writer, "shape", tensor.Shape.Select(dimension => (long)dimension));
                WriteArray(writer, "data_offsets", [begin, end]);
                writer.WriteEndObject();
                begin = end;
            }

            writer.WriteEndObject();
        }

        var padded = (json.WrittenCount + Alignment - 1) / Alignment * Alignment;
        var header = new byte[sizeof(ulong) + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        json.WrittenSpan.CopyTo(header.AsSpan(sizeof(ulong)));
        header.AsSpan(sizeof(ulong) + json.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteArray(Utf8JsonWriter writer, string name, IEnumerable<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
