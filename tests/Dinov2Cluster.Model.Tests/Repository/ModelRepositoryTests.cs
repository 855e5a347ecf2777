using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Model.Tests.Compiler;

namespace Dinov2Cluster.Model.Tests.Repository;

public sealed class ModelRepositoryTests : IDisposable
{
    private readonly RepositoryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_listing_has_every_kind_of_model_in_order_and_says_why_others_are_not()
    {
        _fixture.Add("compiled", "model.json", "model.onnx", "model.onnx.data");
        _fixture.Add("foreign", "model.onnx");
        _fixture.Add("Checkpoint-1.0_b", "config.json", "model.safetensors");
        _fixture.Add("sharded", "config.json", "model.safetensors.index.json");
        _fixture.Add("checkpoint-with-export", "config.json", "model.safetensors", "model.onnx");
        _fixture.Add(".hidden", "model.onnx");
        _fixture.Add("empty");
        _fixture.Add("pickled", "config.json", "pytorch_model.bin");
        _fixture.Add("half", "model.json");
        _fixture.Add("weights", "model.safetensors");
        _fixture.Add("with space", "model.onnx");
        File.WriteAllText(Path.Combine(_fixture.Path, "readme.txt"), "");

        var listing = _fixture.Repository.List();

        Assert.Equal(
            [
                new ModelEntry("Checkpoint-1.0_b", ModelKind.Checkpoint),
                new ModelEntry("checkpoint-with-export", ModelKind.Checkpoint),
                new ModelEntry("compiled", ModelKind.Compiled),
                new ModelEntry("foreign", ModelKind.Onnx),
                new ModelEntry("sharded", ModelKind.Checkpoint),
            ],
            listing.Models);
        Assert.Equal(
            [
                new SkippedDirectory("empty", "has neither model.onnx nor config.json"),
                new SkippedDirectory("half", "has model.json but no model.onnx; compile the model again"),
                new SkippedDirectory("pickled", "has config.json but no model.safetensors; download the safetensors weights"),
                new SkippedDirectory("weights", "has weights but no config.json; download it too"),
                new SkippedDirectory("with space", "a model's name has ASCII letters, digits, '.', '_' and '-' only, and at most 128 characters"),
            ],
            listing.Skipped);
    }

    [Fact]
    public void A_repository_that_is_not_there_is_named()
    {
        var error = Assert.Throws<ModelException>(() => _fixture.Repository.List());

        Assert.StartsWith($"{_fixture.Path}: no such directory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../models/foreign")]
    [InlineData("/foreign")]
    [InlineData("foreign/")]
    [InlineData("foreign/../foreign")]
    [InlineData("foreign\\x")]
    [InlineData("foreign\n")]
    [InlineData("for\0eign")]
    public void A_name_that_could_leave_the_repository_is_refused(string name)
    {
        _fixture.Add("foreign", "model.onnx");

        var error = Assert.Throws<ModelException>(() => _fixture.Open(name));

        Assert.Contains("is not a model name", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_model_that_is_not_there_is_named()
    {
        _fixture.Add("empty");

        Assert.Contains("absent: no such model", Assert.Throws<ModelException>(() => _fixture.Open("absent")).Message, StringComparison.Ordinal);
        Assert.Contains("empty: has neither", Assert.Throws<ModelException>(() => _fixture.Open("empty")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_foreign_export_has_no_manifest()
    {
        var directory = _fixture.Add("foreign", "model.onnx");

        Assert.Equal(new ModelFiles("foreign", Path.Combine(directory, "model.onnx"), Manifest: null), _fixture.Open("foreign"));
    }

    [Fact]
    public void A_compiled_model_is_taken_as_it_is()
    {
        var directory = _fixture.Add("compiled", "model.onnx");
        ModelManifestFile.Write(directory, Manifests.Create("elsewhere", "abc"));

        var files = _fixture.Open("compiled");

        Assert.Equal("compiled", files.Name);
        Assert.Equal("abc", files.Manifest?.SourceSha256);
        Assert.Equal(Path.Combine(directory, "model.onnx"), files.OnnxPath);
        Assert.Equal(0, _fixture.Compiler.Calls);
    }
}
