using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Compiler.Onnx;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Tests.Compiler;

/// <summary>What an fp16 graph does along its residual stream. Every conversion and every bias of its own there is a pass over all tokens.</summary>
public sealed class ResidualStreamTests
{
    public static TheoryData<string, ResidualPrecision, bool> Models => new MatrixTheoryData<string, ResidualPrecision, bool>(
        ["dinov2-nano", "dinov2-nano-swiglu", "dinov2-nano-registers"],
        Enum.GetValues<ResidualPrecision>(),
        [false, true]);

    [Theory]
    [MemberData(nameof(Models))]
    public void Biases_of_what_is_added_to_the_stream_are_added_with_it(string checkpoint, ResidualPrecision residual, bool patchTokens)
    {
        using var compiled = Compile(checkpoint, residual, patchTokens);
        var producers = Producers(compiled);
        var constants = compiled.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        var sums = compiled.Graph.Node.Where(node => node.OpType == "SkipLayerNormalization").ToList();

        Assert.Equal(2 * compiled.Manifest.Layers, sums.Count);
        foreach (var sum in sums)
        {
            var branch = producers[sum.Input[0]] is { OpType: "Cast" } cast ? producers[cast.Input[0]] : producers[sum.Input[0]];
            Assert.Equal(("MatMul", 2), (branch.OpType, branch.Input.Count));
            Assert.Equal([$"{branch.Name}.bias"], sum.Input.Skip(4));
            Assert.All(sum.Input.Skip(2), name => Assert.Equal(TypeOf(residual), (DataType)constants[name].DataType));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Each_sum_reads_the_stream_that_the_one_before_it_wrote(string checkpoint, ResidualPrecision residual, bool patchTokens)
    {
        using var compiled = Compile(checkpoint, residual, patchTokens);
        var sums = compiled.Graph.Node.Where(node => node.OpType == "SkipLayerNormalization").ToList();

        // The last block's first sum reads the CLS row alone, unless the model gives patch tokens.
        var continued = sums.Zip(sums.Skip(1), (before, after) => before.Output[3] == after.Input[1]).ToList();
        Assert.Equal(patchTokens ? 0 : 1, continued.Count(same => !same));
    }

    [Theory]
    [InlineData("dinov2-nano")]
    [InlineData("dinov2-nano-swiglu")]
    [InlineData("dinov2-nano-registers")]
    public void A_stream_in_fp16_is_converted_at_its_ends_alone(string checkpoint)
    {
        foreach (var patchTokens in new[] { false, true })
        {
            using var compiled = Compile(checkpoint, ResidualPrecision.Fp16, patchTokens);

            Assert.Equal(["patch_embedding.half", "layernorm.float"], compiled.Graph.Node.Where(node => node.OpType == "Cast").Select(node => node.Name));
            Assert.DoesNotContain(compiled.Graph.Initializer, tensor => tensor.DataType == (int)DataType.Float);
            Assert.All(compiled.Graph.Output, output => Assert.Equal((int)DataType.Float, output.Type.TensorType.ElemType));
        }
    }

    [Theory]
    [InlineData("dinov2-nano", false)]
    [InlineData("dinov2-nano-swiglu", false)]
    [InlineData("dinov2-nano-registers", true)]
    public void A_stream_in_fp32_is_converted_four_times_a_block_and_twice_at_its_beginning(string checkpoint, bool patchTokens)
    {
        using var compiled = Compile(checkpoint, ResidualPrecision.Fp32, patchTokens);

        Assert.Equal(2 + (4 * compiled.Manifest.Layers), compiled.Graph.Node.Count(node => node.OpType == "Cast"));
    }

    // The rows stay as they were: a Gemm adds its bias while it is in the cache, and SkipLayerNormalization is slow there.
    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Int8)]
    public void Precisions_for_cpus_have_no_fused_sum(Precision precision)
    {
        using var compiled = new CompiledModel("dinov2-nano", new CompileOptions { Precision = precision });

        Assert.DoesNotContain(compiled.Graph.Node, node => node.OpType is "SkipLayerNormalization" or "Cast" && node.Name != "patch_embedding.float");
        Assert.Equal(2 * compiled.Manifest.Layers, compiled.Graph.Node.Count(node => node.OpType == "Add" && node.Name.EndsWith(".residual", StringComparison.Ordinal)));
    }

    private static CompiledModel Compile(string checkpoint, ResidualPrecision residual, bool patchTokens) =>
        new(checkpoint, new CompileOptions { Precision = Precision.Fp16, Residual = residual, PatchTokens = patchTokens });

    private static DataType TypeOf(ResidualPrecision residual) => residual == ResidualPrecision.Fp16 ? DataType.Float16 : DataType.Float;

    private static Dictionary<string, NodeProto> Producers(CompiledModel compiled) => compiled.Graph.Node
        .SelectMany(node => node.Output.Where(name => name.Length > 0), (node, output) => (node, output))
        .ToDictionary(pair => pair.output, pair => pair.node);
}
