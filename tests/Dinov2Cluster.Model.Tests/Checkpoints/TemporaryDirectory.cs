namespace Dinov2Cluster.Model.Tests.Checkpoints;

/// <summary>An empty directory that is gone after the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dinov2-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
