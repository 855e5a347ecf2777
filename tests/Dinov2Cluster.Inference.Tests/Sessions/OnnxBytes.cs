using System.Runtime.InteropServices;
using System.Text;

namespace Dinov2Cluster.Inference.Tests.Sessions;

/// <summary>Just enough protobuf to write a one-node ONNX model; field numbers are onnx.proto's.</summary>
internal sealed class OnnxBytes
{
    public const int Float = 1;
    public const int UInt8 = 2;
    public const int Whole = 6;
    public const int Double = 11;

    private readonly List<byte> _bytes = [];

    /// <summary>A dimension is a size, or a name for one that is left open.</summary>
    public static OnnxBytes Value(string name, int elementType, params object[] shape)
    {
        var dimensions = new OnnxBytes();
        foreach (var dimension in shape)
        {
            dimensions.Message(1, dimension is int size ? new OnnxBytes().Int(1, size) : new OnnxBytes().Text(2, (string)dimension));
        }

        var tensor = new OnnxBytes().Int(1, elementType).Message(2, dimensions);
        return new OnnxBytes().Text(1, name).Message(2, new OnnxBytes().Message(1, tensor));
    }

    public static OnnxBytes Node(string operation, string[] inputs, string output, params OnnxBytes[] attributes)
    {
        var node = new OnnxBytes();
        Array.ForEach(inputs, input => node.Text(1, input));
        node.Text(2, output).Text(4, operation);
        Array.ForEach(attributes, attribute => node.Message(5, attribute));
        return node;
    }

    public static OnnxBytes Attribute(string name, int value) => new OnnxBytes().Text(1, name).Int(3, value).Int(20, 2);

    public static OnnxBytes Attribute(string name, int[] values)
    {
        var attribute = new OnnxBytes().Text(1, name);
        Array.ForEach(values, value => attribute.Int(8, value));
        return attribute.Int(20, 7);
    }

    /// <summary>A float32 vector whose values are in a file beside the model.</summary>
    public static OnnxBytes ExternalVector(string name, int length, string file) => new OnnxBytes()
        .Int(1, length).Int(2, Float).Text(8, name).Message(13, new OnnxBytes().Text(1, "location").Text(2, file)).Int(14, 1);

    /// <summary>A float32 vector.</summary>
    public static OnnxBytes Vector(string name, params float[] values) => new OnnxBytes()
        .Int(1, values.Length).Int(2, Float).Text(8, name).Bytes(9, MemoryMarshal.AsBytes<float>(values).ToArray());

    public static byte[] Encode(OnnxBytes[] nodes, OnnxBytes[] inputs, OnnxBytes[] outputs, params OnnxBytes[] initializers)
    {
        var graph = new OnnxBytes();
        Array.ForEach(nodes, node => graph.Message(1, node));
        graph.Text(2, "test");
        Array.ForEach(initializers, initializer => graph.Message(5, initializer));
        Array.ForEach(inputs, input => graph.Message(11, input));
        Array.ForEach(outputs, output => graph.Message(12, output));
        return new OnnxBytes().Int(1, 8).Message(7, graph).Message(8, new OnnxBytes().Text(1, "").Int(2, 17))._bytes.ToArray();
    }

    private OnnxBytes Int(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    private OnnxBytes Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    private OnnxBytes Message(int field, OnnxBytes value) => Bytes(field, value._bytes.ToArray());

    private OnnxBytes Bytes(int field, byte[] value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
    }
}
