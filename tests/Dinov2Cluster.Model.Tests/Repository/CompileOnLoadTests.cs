using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Repository;

/// <summary>The repository with the real compiler.</summary>
public sealed class CompileOnLoadTests
{
    [Fact]
    public void The_random_model_compiles_on_first_load_and_is_reused()
    {
        using var cache = new TemporaryDirectory();
        var cancellationToken = TestContext.Current.CancellationToken;
        var repository = new ModelRepository(EmbeddedModel.EnsureRandomNano(cache.Path, cancellationToken), cache.Path);

        var first = repository.Open(EmbeddedModel.Name, new CompileOptions(), cancellationToken);
        File.SetLastWriteTimeUtc(first.OnnxPath, DateTime.UnixEpoch);
        var second = repository.Open(EmbeddedModel.Name, new CompileOptions(), cancellationToken);

        Assert.Equal(first.OnnxPath, second.OnnxPath);
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(second.OnnxPath));
        Assert.Equal(EmbeddedModel.Name, second.Manifest?.Name);
        Assert.Equal(128, second.Manifest?.EmbeddingSize);
        Assert.True(second.Manifest?.RandomWeights);
        Assert.Equal(0, second.Manifest?.PatchTokens);
        Assert.Equal([Path.GetDirectoryName(first.OnnxPath)!], Directory.GetDirectories(Path.Combine(repository.Directory, EmbeddedModel.Name, "compiled")));
    }

    [Fact]
    public void The_random_model_with_patch_tokens_lies_beside_the_one_without_and_has_another_checksum()
    {
        using var cache = new TemporaryDirectory();
        var cancellationToken = TestContext.Current.CancellationToken;
        var repository = new ModelRepository(EmbeddedModel.EnsureRandomNano(cache.Path, cancellationToken), cache.Path);

        var without = repository.Open(EmbeddedModel.Name, new CompileOptions(), cancellationToken);
        var with = repository.Open(EmbeddedModel.Name, new CompileOptions { PatchTokens = true }, cancellationToken);

        Assert.Equal((0, 256), (without.Manifest?.PatchTokens, with.Manifest?.PatchTokens));
        Assert.NotEqual(ModelChecksum.Compute(without, cancellationToken), ModelChecksum.Compute(with, cancellationToken));
        Assert.True(File.Exists(without.OnnxPath));
    }
}
