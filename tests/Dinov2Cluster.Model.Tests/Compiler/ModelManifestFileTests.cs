using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Compiler;

public sealed class ModelManifestFileTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void A_manifest_reads_as_it_was_written(int patchTokens)
    {
        using var directory = new TemporaryDirectory();
        var manifest = Manifests.Create("nano", "abc") with { PatchTokens = patchTokens };

        ModelManifestFile.Write(directory.Path, manifest);
        var read = ModelManifestFile.Read(directory.Path);

        // Records compare lists by reference.
        Assert.Equal(manifest.Preprocessing.Mean, read.Preprocessing.Mean);
        Assert.Equal(manifest.Preprocessing.StandardDeviation, read.Preprocessing.StandardDeviation);
        Assert.Equal(manifest.Preprocessing.ShortestEdge, read.Preprocessing.ShortestEdge);
        Assert.Equal(manifest with { Preprocessing = read.Preprocessing }, read);
    }

    [Fact]
    public void The_file_has_camel_case_keys_and_lower_case_names()
    {
        using var directory = new TemporaryDirectory();

        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc"));

        var text = File.ReadAllText(Path.Combine(directory.Path, "model.json"));
        Assert.Contains("\"formatVersion\": 1,", text, StringComparison.Ordinal);
        Assert.Contains("\"precision\": \"int8\",", text, StringComparison.Ordinal);
        Assert.Contains("\"positionEmbedding\": \"antialias\",", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_patch_tokens_has_the_file_that_it_had_before_there_were_any()
    {
        using var directory = new TemporaryDirectory();

        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc"));

        Assert.DoesNotContain("patchTokens", File.ReadAllText(Path.Combine(directory.Path, "model.json")), StringComparison.Ordinal);
        Assert.Equal(0, ModelManifestFile.Read(directory.Path).PatchTokens);
    }

    [Fact]
    public void A_file_from_before_the_residual_stream_had_a_precision_reads_as_fp32_and_is_still_written_the_same()
    {
        using var directory = new TemporaryDirectory();

        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc") with { Precision = Precision.Fp16 });

        Assert.DoesNotContain("residual", File.ReadAllText(Path.Combine(directory.Path, "model.json")), StringComparison.Ordinal);
        Assert.Equal(ResidualPrecision.Fp32, ModelManifestFile.Read(directory.Path).Residual);
    }

    [Fact]
    public void A_residual_stream_in_fp16_is_recorded()
    {
        using var directory = new TemporaryDirectory();

        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc") with { Precision = Precision.Fp16, Residual = ResidualPrecision.Fp16 });

        Assert.Contains("\"residual\": \"fp16\",", File.ReadAllText(Path.Combine(directory.Path, "model.json")), StringComparison.Ordinal);
        Assert.Equal(ResidualPrecision.Fp16, ModelManifestFile.Read(directory.Path).Residual);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Int8)]
    public void A_residual_stream_that_the_precision_does_not_have_is_refused(Precision precision)
    {
        using var directory = new TemporaryDirectory();
        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc") with { Precision = precision, Residual = ResidualPrecision.Fp16 });

        var error = Assert.Throws<ModelException>(() => ModelManifestFile.Read(directory.Path));

        Assert.Contains("values out of range", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(257)]
    public void Patch_tokens_that_the_crop_does_not_have_are_refused(int patchTokens)
    {
        using var directory = new TemporaryDirectory();
        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc") with { PatchTokens = patchTokens });

        var error = Assert.Throws<ModelException>(() => ModelManifestFile.Read(directory.Path));

        Assert.Contains("values out of range", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"formatVersion\": 1", "\"formatVersion\": 2", "format version 2, but this program reads 1")]
    [InlineData("\"formatVersion\": 1,", "", "format version 0")]
    [InlineData("\"int8\"", "\"int4\"", "not a model manifest")]
    [InlineData("\"int8\"", "2", "not a model manifest")]
    [InlineData("\"name\": \"nano\",", "", "not a model manifest")]
    [InlineData("\"embeddingSize\": 128", "\"embeddingSize\": 2000000000", "values out of range")]
    [InlineData("\"embeddingSize\": 128", "\"embeddingSize\": 0", "values out of range")]
    [InlineData("\"cropSize\": 224,", "", "values out of range")]
    [InlineData("\"imageSize\": 224", "\"imageSize\": -1", "values out of range")]
    [InlineData("}", "", "not a model manifest")]
    public void A_manifest_that_can_not_be_trusted_is_refused(string good, string bad, string expected)
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "model.json");
        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc"));
        var text = File.ReadAllText(path);
        Assert.Contains(good, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(good, bad, StringComparison.Ordinal));

        var error = Assert.Throws<ModelException>(() => ModelManifestFile.Read(directory.Path));

        Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_manifest_is_named()
    {
        using var directory = new TemporaryDirectory();

        var error = Assert.Throws<ModelException>(() => ModelManifestFile.Read(directory.Path));

        Assert.Equal(Path.Combine(directory.Path, "model.json") + ": no such file", error.Message);
    }
}
