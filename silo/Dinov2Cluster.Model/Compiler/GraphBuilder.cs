using System.Runtime.InteropServices;
using Dinov2Cluster.Model.Compiler.Onnx;
using Google.Protobuf;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Writes a graph front to back: nodes in the order they run, constants in the order they are added.</summary>
internal sealed class GraphBuilder(ExternalDataWriter data)
{
    /// <summary>Operators that ONNX Runtime adds to the standard: its <c>docs/ContribOperators.md</c>.</summary>
    public const string Microsoft = "com.microsoft";

    // Shapes and axes must be in the model file, where shape inference sees them; larger constants go into the data file.
    private const int InlineBytes = 4096;

    public GraphProto Graph { get; } = new() { Name = "dinov2" };

    /// <summary>Adds a node with one output, named like the node; returns that name.</summary>
    public string Node(string domain, string type, string name, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        Node(domain, type, name, inputs, [name], attributes);
        return name;
    }

    /// <summary>Adds a node. An empty name leaves an input or output out.</summary>
    public void Node(
        string domain, string type, string name, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Domain = domain, OpType = type, Name = name };
        node.Input.Add(inputs.ToArray());
        node.Output.Add(outputs.ToArray());
        node.Attribute.Add(attributes.ToArray());
        Graph.Node.Add(node);
    }

    /// <summary>Adds a reshape; -1 stands for the rest.</summary>
    public string Reshape(string name, string input, params ReadOnlySpan<long> shape) =>
        Node("", "Reshape", name, [input, Constant($"{name}.shape", [shape.Length], shape)]);

    /// <summary>Adds a row-major constant of float, Half, sbyte, byte or long; returns its name.</summary>
    public string Constant<T>(string name, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TypeOf<T>() };
        foreach (var dimension in shape)
        {
            tensor.Dims.Add(dimension);
        }

        var bytes = MemoryMarshal.AsBytes(values);
        if (bytes.Length < InlineBytes)
        {
            tensor.RawData = ByteString.CopyFrom(bytes);
        }
        else
        {
            data.Write(tensor, bytes);
        }

        Graph.Initializer.Add(tensor);
        return name;
    }

    public void Input(string name, DataType type, params ReadOnlySpan<int> dimensionsAfterBatch) =>
        Graph.Input.Add(Value(name, type, dimensionsAfterBatch));

    public void Output(string name, DataType type, params ReadOnlySpan<int> dimensionsAfterBatch) =>
        Graph.Output.Add(Value(name, type, dimensionsAfterBatch));

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Attribute(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values.ToArray());
        return attribute;
    }

    private static DataType TypeOf<T>() => default(T) switch
    {
        float => DataType.Float,
        Half => DataType.Float16,
        sbyte => DataType.Int8,
        byte => DataType.Uint8,
        long => DataType.Int64,
        _ => throw new NotSupportedException($"{typeof(T)} is not a type of constants"),
    };

    private static ValueInfoProto Value(string name, DataType type, ReadOnlySpan<int> dimensionsAfterBatch)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        foreach (var dimension in dimensionsAfterBatch)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = dimension });
        }

        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }
}
