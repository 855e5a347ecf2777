using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

/// <summary>Writes tiny checkpoints, well formed or not, without the product's own writer.</summary>
public sealed class CheckpointBuilder
{
    public const string Config = """{"model_type": "dinov2", "hidden_size": 2, "num_attention_heads": 1}""";

    private readonly SortedDictionary<string, object> _header = new(StringComparer.Ordinal);
    private readonly List<byte> _data = [];

    public CheckpointBuilder Add(string name, int[] shape, params float[] values) =>
        AddRaw(name, "F32", shape, MemoryMarshal.AsBytes(values.AsSpan()));

    public CheckpointBuilder AddRaw(string name, string type, int[] shape, ReadOnlySpan<byte> bytes)
    {
        _header.Add(name, new { dtype = type, shape, data_offsets = new[] { _data.Count, _data.Count + bytes.Length } });
        _data.AddRange(bytes);
        return this;
    }

    /// <summary>The bytes of a safetensors file.</summary>
    public byte[] ToBytes() => File(JsonSerializer.Serialize(_header), _data.ToArray());

    /// <summary>A checkpoint directory with the default configuration.</summary>
    public TemporaryDirectory Build() => Build(ToBytes());

    public static TemporaryDirectory Build(byte[] weights)
    {
        var directory = new TemporaryDirectory();
        System.IO.File.WriteAllText(Path.Combine(directory.Path, "config.json"), Config);
        System.IO.File.WriteAllBytes(Path.Combine(directory.Path, "model.safetensors"), weights);
        return directory;
    }

    /// <summary>A safetensors file of a header, whatever it says, and data.</summary>
    public static byte[] File(string header, byte[] data) => File((ulong)Encoding.UTF8.GetByteCount(header), header, data);

    /// <summary>The same with a header length that may lie.</summary>
    public static byte[] File(ulong headerLength, string header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, headerLength);
        return [.. length, .. Encoding.UTF8.GetBytes(header), .. data];
    }
}
