using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Model.Tests.Checkpoints;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Repository;

/// <summary>A repository and a cache in a temporary directory, with a fake compiler.</summary>
public sealed class RepositoryFixture : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public FakeCompiler Compiler { get; } = new();

    public string Path => System.IO.Path.Combine(_root.Path, "models");

    public string Cache => System.IO.Path.Combine(_root.Path, "cache");

    public ModelRepository Repository => new(Path, Cache, Compiler.Compile);

    public string Add(string name, params string[] files)
    {
        var directory = Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;
        foreach (var file in files)
        {
            File.WriteAllText(System.IO.Path.Combine(directory, file), "");
        }

        return directory;
    }

    public string AddCheckpoint(string name, float weight = 1, string config = CheckpointBuilder.Config)
    {
        var directory = Add(name);
        File.WriteAllText(System.IO.Path.Combine(directory, "config.json"), config);
        File.WriteAllBytes(System.IO.Path.Combine(directory, "model.safetensors"), new CheckpointBuilder().Add("a", [1], weight).ToBytes());
        return directory;
    }

    public ModelFiles Open(string name, CompileOptions? options = null) =>
        Repository.Open(name, options ?? new CompileOptions(), TestContext.Current.CancellationToken);

    public void Dispose() => _root.Dispose();
}
