using System.Text;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Compiler;

public sealed class ModelCompilerTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_temporary.Path, "models", "nano");

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("dinov2-nano", PositionEmbeddingMode.Legacy)]
    [InlineData("dinov2-nano-registers", PositionEmbeddingMode.Antialias)]
    public void The_manifest_says_what_was_compiled(string checkpoint, PositionEmbeddingMode expectedMode)
    {
        var manifest = ModelCompiler.Compile(GoldenData.Checkpoint(checkpoint), Target, new CompileOptions { Precision = Precision.Int8 }, Cancellation);

        Assert.Equal(checkpoint, manifest.Name);
        Assert.Equal(128, manifest.EmbeddingSize);
        Assert.Equal(224, manifest.ImageSize);
        Assert.Equal(14, manifest.PatchSize);
        Assert.Equal(Precision.Int8, manifest.Precision);
        Assert.Equal(expectedMode, manifest.PositionEmbedding);
        Assert.Equal(64, manifest.SourceSha256.Length);
        var read = ModelManifestFile.Read(Target);
        Assert.Equal(manifest with { Preprocessing = read.Preprocessing }, read);
        Assert.Equal(["model.json", "model.onnx", "model.onnx.data"], Files(Target));
    }

    [Fact]
    public void Another_crop_keeps_the_share_of_the_image()
    {
        var manifest = ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, new CompileOptions { ImageSize = 448 }, Cancellation);

        Assert.Equal(448, manifest.ImageSize);
        Assert.Equal(448, manifest.Preprocessing.CropSize);
        Assert.Equal(512, manifest.Preprocessing.ShortestEdge);
    }

    [Fact]
    public void The_same_checkpoint_compiles_to_the_same_bytes()
    {
        var second = Target + "-2";
        ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, new CompileOptions(), Cancellation);
        ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), second, new CompileOptions(), Cancellation);

        Assert.All(Files(Target), file => Assert.Equal(File.ReadAllBytes(Path.Combine(Target, file)), File.ReadAllBytes(Path.Combine(second, file))));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Int8)]
    public void A_residual_stream_narrower_than_the_precision_is_refused(Precision precision)
    {
        var options = new CompileOptions { Precision = precision, Residual = ResidualPrecision.Fp16 };

        var error = Assert.Throws<ModelException>(() => ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, options, Cancellation));

        Assert.Equal(
            $"a residual stream in fp16 needs precision fp16, and this is {precision.ToString().ToLowerInvariant()}; choose --precision fp16, or leave --residual out",
            error.Message);
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public void The_manifest_has_the_precision_of_the_residual_stream()
    {
        var options = new CompileOptions { Precision = Precision.Fp16, Residual = ResidualPrecision.Fp16 };

        ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, options, Cancellation);

        Assert.Equal((Precision.Fp16, ResidualPrecision.Fp16), (ModelManifestFile.Read(Target).Precision, ModelManifestFile.Read(Target).Residual));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-14)]
    [InlineData(225)]
    [InlineData(14 * 257)]
    public void An_image_size_that_patches_do_not_fill_is_refused(int imageSize)
    {
        var error = Assert.Throws<ModelException>(
            () => ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, new CompileOptions { ImageSize = imageSize }, Cancellation));

        Assert.Contains(imageSize.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Contains("14", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_holds_something_is_left_as_it_is()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "mine.txt"), "mine");

        var error = Assert.Throws<ModelException>(() => ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, new CompileOptions(), Cancellation));

        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.Equal(["mine.txt"], Files(Target));
    }

    [Fact]
    public void An_empty_directory_is_filled()
    {
        Directory.CreateDirectory(Target);

        ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, new CompileOptions(), Cancellation);

        Assert.Equal(3, Files(Target).Length);
    }

    // The last tensors that the compiler reads, so that nearly everything is on disk when it fails.
    [Theory]
    [InlineData("\"encoder.layer.2.mlp.fc2.bias\"", "\"encoder.layer.2.mlp.fc2.gone\"", "encoder.layer.2.mlp.fc2.bias", "missing")]
    [InlineData("\"encoder.layer.2.layer_scale2.lambda1\"", "\"encoder.layer.2.layer_scale2.lambda9\"", "encoder.layer.2.layer_scale2.lambda1", "missing")]
    [InlineData("[128,512]", "[512,128]", "encoder.layer.0.mlp.fc2.weight", "shape")]
    public void A_missing_or_misshapen_tensor_is_named_and_nothing_is_left(string find, string replace, string tensor, string problem)
    {
        var checkpoint = Path.Combine(_temporary.Path, "broken");
        CopyAltered(GoldenData.Checkpoint("dinov2-nano"), checkpoint, find, replace);

        var error = Assert.Throws<ModelException>(() => ModelCompiler.Compile(checkpoint, Target, new CompileOptions(), Cancellation));

        Assert.Contains(tensor, error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void A_canceled_compilation_leaves_nothing()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);

        Assert.ThrowsAny<OperationCanceledException>(
            () => ModelCompiler.Compile(GoldenData.Checkpoint("dinov2-nano"), Target, new CompileOptions(), new CancellationToken(canceled: true)));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    private static string[] Files(string directory) => [.. Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    // Edits the header in place, keeping its length.
    private static void CopyAltered(string source, string target, string find, string replace)
    {
        Directory.CreateDirectory(target);
        File.Copy(Path.Combine(source, "config.json"), Path.Combine(target, "config.json"));
        var bytes = File.ReadAllBytes(Path.Combine(source, "model.safetensors"));
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(find));
        Assert.True(at >= 0, $"no {find} in the header");
        Encoding.UTF8.GetBytes(replace).CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(Path.Combine(target, "model.safetensors"), bytes);
    }
}
