using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Repository;

public sealed class EmbeddedModelTests : IDisposable
{
    private readonly TemporaryDirectory _cache = new();

    private string Weights => Path.Combine(_cache.Path, "models", EmbeddedModel.Name, "model.safetensors");

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void The_random_model_is_made_once()
    {
        var repository = Ensure();
        File.SetLastWriteTimeUtc(Weights, DateTime.UnixEpoch);

        Assert.Equal(repository, Ensure());

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(Weights));
        using var checkpoint = Checkpoint.Open(Path.Combine(repository, EmbeddedModel.Name));
        Assert.True(checkpoint.RandomWeights);
        Assert.Equal(128, checkpoint.Config.HiddenSize);
    }

    [Fact]
    public void A_damaged_random_model_is_made_again()
    {
        Ensure();
        File.WriteAllText(Weights, "damaged");

        Ensure();

        using var checkpoint = Checkpoint.Open(Path.GetDirectoryName(Weights)!);
        Assert.True(checkpoint.RandomWeights);
    }

    [Fact]
    public async Task Several_that_start_at_once_find_one_model()
    {
        var cancellationToken = TestContext.Current.CancellationToken;

        var repositories = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Ensure, cancellationToken)));

        Assert.Single(repositories.Distinct());
        Assert.Equal([Path.GetDirectoryName(Weights)!], Directory.GetDirectories(repositories[0]));
    }

    [Fact]
    public void A_cache_that_can_not_be_written_is_named_with_what_to_do()
    {
        File.WriteAllText(Path.Combine(_cache.Path, "models"), "");

        var error = Assert.Throws<ModelException>(Ensure);

        Assert.Contains("models: can't be written", error.Message, StringComparison.Ordinal);
        Assert.Contains("set XDG_CACHE_HOME", error.Message, StringComparison.Ordinal);
    }

    private string Ensure() => EmbeddedModel.EnsureRandomNano(_cache.Path, TestContext.Current.CancellationToken);
}
