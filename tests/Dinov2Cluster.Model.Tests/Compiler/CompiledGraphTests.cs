using System.Globalization;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Compiler.Onnx;
using Dinov2Cluster.TestSupport;
using DataLocation = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataLocation;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Tests.Compiler;

public sealed class CompiledGraphTests
{
    private static readonly CompileOptions[] _options =
    [
        .. Enum.GetValues<Precision>().Select(precision => new CompileOptions { Precision = precision }),
        new() { Precision = Precision.Fp16, Residual = ResidualPrecision.Fp16 },
    ];

    public static TheoryData<string, int, bool> Models => new MatrixTheoryData<string, int, bool>(
        ["dinov2-nano", "dinov2-nano-swiglu", "dinov2-nano-registers"],
        Enumerable.Range(0, _options.Length),
        [false, true]);

    [Theory]
    [MemberData(nameof(Models))]
    public void Nodes_come_after_what_they_read_and_no_name_is_used_twice(string checkpoint, int options, bool patchTokens)
    {
        using var compiled = new CompiledModel(checkpoint, _options[options] with { PatchTokens = patchTokens });
        var defined = new HashSet<string>(compiled.Graph.Input.Select(input => input.Name));
        Assert.All(compiled.Graph.Initializer, tensor => Assert.True(defined.Add(tensor.Name), $"{tensor.Name} is defined twice"));
        foreach (var node in compiled.Graph.Node)
        {
            Assert.All(node.Input.Where(name => name.Length > 0), name => Assert.True(defined.Contains(name), $"{node.Name} reads {name} too early"));
            Assert.All(node.Output.Where(name => name.Length > 0), name => Assert.True(defined.Add(name), $"{name} is defined twice"));
        }

        Assert.All(compiled.Graph.Output, output => Assert.Contains(output.Name, defined));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_constant_is_read(string checkpoint, int options, bool patchTokens)
    {
        using var compiled = new CompiledModel(checkpoint, _options[options] with { PatchTokens = patchTokens });
        var read = compiled.Graph.Node.SelectMany(node => node.Input).ToHashSet();

        Assert.All(compiled.Graph.Initializer, tensor => Assert.Contains(tensor.Name, read));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void External_tensors_are_aligned_inside_the_file_and_apart(string checkpoint, int options, bool patchTokens)
    {
        using var compiled = new CompiledModel(checkpoint, _options[options] with { PatchTokens = patchTokens });
        var length = new FileInfo(Path.Combine(compiled.Directory, "model.onnx.data")).Length;
        var end = 0L;
        var external = compiled.Graph.Initializer.Where(tensor => tensor.DataLocation == DataLocation.External).ToList();
        Assert.NotEmpty(external);
        foreach (var tensor in external)
        {
            var entries = tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value);
            var offset = long.Parse(entries["offset"], CultureInfo.InvariantCulture);
            var bytes = long.Parse(entries["length"], CultureInfo.InvariantCulture);

            Assert.Equal("model.onnx.data", entries["location"]);
            Assert.Equal(0, offset % (bytes >= 1 << 20 ? 65536 : 4096));
            Assert.Equal(tensor.Dims.Aggregate(1L, (product, dimension) => product * dimension) * ElementBytes(tensor), bytes);
            Assert.True(offset >= end, $"{tensor.Name} overlaps the tensor before it");
            end = offset + bytes;
        }

        Assert.Equal(length, end);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Fp16)]
    [InlineData(Precision.Int8)]
    public void Pixels_are_bytes_and_features_are_floats_in_every_precision(Precision precision)
    {
        using var compiled = new CompiledModel("dinov2-nano", new CompileOptions { Precision = precision });

        AssertValue(Assert.Single(compiled.Graph.Input), "pixels", DataType.Uint8, 224, 224, 3);
        AssertValue(Assert.Single(compiled.Graph.Output), "image_features", DataType.Float, 128);
    }

    [Theory]
    [InlineData(Precision.Fp32, "Attention")]
    [InlineData(Precision.Fp16, "Attention")]
    [InlineData(Precision.Int8, "QAttention")]
    public void Query_key_and_value_are_one_product_inside_attention(Precision precision, string attention)
    {
        using var compiled = new CompiledModel("dinov2-nano", new CompileOptions { Precision = precision });
        var fused = compiled.Graph.Node.Where(node => node.OpType == attention && node.Domain == "com.microsoft").ToList();

        Assert.Equal(["encoder.layer.0.attention.attention.output", "encoder.layer.1.attention.attention.output"], fused.Select(node => node.Name));
        Assert.All(fused, node => Assert.Equal([128, 3 * 128], Constant(compiled, node.Input[1]).Dims));
        Assert.All(fused, node => Assert.Equal([3 * 128], Constant(compiled, node.Input[2]).Dims));
    }

    [Theory]
    [InlineData(Precision.Fp32, "Attention")]
    [InlineData(Precision.Fp16, "MultiHeadAttention")]
    [InlineData(Precision.Int8, "Attention")]
    public void The_last_block_computes_the_cls_row_alone_and_key_and_value_as_one(Precision precision, string attention)
    {
        using var compiled = new CompiledModel("dinov2-nano", new CompileOptions { Precision = precision });
        var outputs = compiled.Graph.Node.SelectMany(node => node.Output, (node, output) => (node, output)).Where(pair => pair.output.Length > 0);
        var producers = outputs.ToDictionary(pair => pair.output, pair => pair.node);
        var last = compiled.Graph.Node.Single(node => node.Name == "encoder.layer.2.attention.attention.output");
        NodeProto Product(string value) => producers[value] is { OpType: "Reshape" } reshape ? producers[reshape.Input[0]] : producers[value];

        Assert.Equal(attention, last.OpType);
        var query = Product(last.Input[0]);
        Assert.Equal([128, 128], Constant(compiled, query.Input[1]).Dims);
        Assert.Equal("Gather", Product(query.Input[0]).OpType);
        var split = producers[last.Input[1]];
        Assert.Equal("Split", split.OpType);
        Assert.Equal(split.Output, last.Input.Skip(1));
        Assert.Equal([128, 2 * 128], Constant(compiled, Product(split.Input[0]).Input[1]).Dims);
    }

    [Theory]
    [InlineData("dinov2-nano", Precision.Fp32)]
    [InlineData("dinov2-nano-swiglu", Precision.Fp16)]
    [InlineData("dinov2-nano-registers", Precision.Int8)]
    public void Patch_tokens_and_their_mean_are_outputs_after_the_features_when_asked_for(string checkpoint, Precision precision)
    {
        using var compiled = new CompiledModel(checkpoint, new CompileOptions { Precision = precision, PatchTokens = true, ImageSize = 112 });

        Assert.Equal(64, compiled.Manifest.PatchTokens);
        Assert.Equal(3, compiled.Graph.Output.Count);
        AssertValue(compiled.Graph.Output[0], "image_features", DataType.Float, 128);
        AssertValue(compiled.Graph.Output[1], "patch_features", DataType.Float, 64, 128);
        AssertValue(compiled.Graph.Output[2], "patch_mean", DataType.Float, 128);
    }

    [Theory]
    [InlineData(Precision.Fp32, "Attention")]
    [InlineData(Precision.Fp16, "Attention")]
    [InlineData(Precision.Int8, "QAttention")]
    public void With_patch_tokens_the_last_block_is_like_the_others(Precision precision, string attention)
    {
        using var compiled = new CompiledModel("dinov2-nano", new CompileOptions { Precision = precision, PatchTokens = true });
        var last = compiled.Graph.Node.Single(node => node.Name == "encoder.layer.2.attention.attention.output");

        Assert.Equal((attention, "com.microsoft"), (last.OpType, last.Domain));
        Assert.Equal([128, 3 * 128], Constant(compiled, last.Input[1]).Dims);
    }

    [Fact]
    public void A_checkpoint_without_biases_for_query_key_and_value_gets_zeros()
    {
        using var temporary = new TemporaryDirectory();
        GoldenData.CopyCheckpoint("dinov2-nano", temporary.Path);
        var (checkpoint, model) = (Path.Combine(temporary.Path, "dinov2-nano"), Path.Combine(temporary.Path, "model"));
        var config = File.ReadAllText(Path.Combine(checkpoint, "config.json"));
        File.WriteAllText(Path.Combine(checkpoint, "config.json"), config.Replace("\"qkv_bias\": true", "\"qkv_bias\": false", StringComparison.Ordinal));

        ModelCompiler.Compile(checkpoint, model, new CompileOptions(), TestContext.Current.CancellationToken);

        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(model, ModelCompiler.GraphFileName))).Graph;
        var bias = graph.Initializer.Single(tensor => tensor.Name == "encoder.layer.1.attention.attention.output.bias").RawData;
        Assert.Equal(3 * 128 * sizeof(float), bias.Length);
        Assert.All(bias, value => Assert.Equal(0, value));
    }

    private static TensorProto Constant(CompiledModel compiled, string name) => compiled.Graph.Initializer.Single(tensor => tensor.Name == name);

    private static long ElementBytes(TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float => 4,
        DataType.Float16 => 2,
        DataType.Int8 => 1,
        _ => throw new InvalidDataException($"{tensor.Name} has the type {tensor.DataType}"),
    };

    private static void AssertValue(ValueInfoProto value, string name, DataType type, params long[] dimensionsAfterBatch)
    {
        Assert.Equal(name, value.Name);
        Assert.Equal((int)type, value.Type.TensorType.ElemType);
        Assert.Equal("batch", value.Type.TensorType.Shape.Dim[0].DimParam);
        Assert.Equal(dimensionsAfterBatch, value.Type.TensorType.Shape.Dim.Skip(1).Select(dimension => dimension.DimValue));
    }
}
