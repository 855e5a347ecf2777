using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

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
        var json = new StringBuilder();
        json.Append(CultureInfo.InvariantCulture, $$"""{"__metadata__":{"{{CheckpointLayout.RandomSeedKey}}":"{{seed}}","format":"pt"}""");
        var begin = 0L;
        foreach (var tensor in tensors)
        {
            var end = begin + (tensor.Count * sizeof(float));
            json.Append(
                CultureInfo.InvariantCulture,
                $$""","{{tensor.Name}}":{"dtype":"{{TensorType.F32}}","shape":[{{string.Join(',', tensor.Shape)}}],"data_offsets":[{{begin}},{{end}}]}""");
            begin = end;
        }

        json.Append('}').Append(' ', -json.Length & (Alignment - 1));
        return [.. BitConverter.GetBytes((long)json.Length), .. Encoding.ASCII.GetBytes(json.ToString())];
    }
}
