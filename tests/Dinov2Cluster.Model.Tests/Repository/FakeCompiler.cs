using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Tests.Compiler;

namespace Dinov2Cluster.Model.Tests.Repository;

/// <summary>Replaces the compiler: writes the same files, and counts its calls.</summary>
public sealed class FakeCompiler
{
    private int _calls;

    public int Calls => _calls;

    /// <summary>Runs in the middle of every compilation, with half of the files written.</summary>
    public Action Halfway { get; set; } = () => { };

    public ModelManifest Compile(Checkpoint checkpoint, string modelDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        var manifest = Manifests.Create(checkpoint.Name, checkpoint.ComputeSha256(cancellationToken)) with
        {
            Precision = options.Precision,
            Residual = options.Residual,
            PositionEmbedding = options.PositionEmbedding!.Value,
            ImageSize = options.ImageSize,
            PatchTokens = options.PatchTokens ? 256 : 0,
        };
        Directory.CreateDirectory(modelDirectory);
        ModelManifestFile.Write(modelDirectory, manifest);
        Halfway();
        File.WriteAllText(Path.Combine(modelDirectory, "model.onnx"), manifest.SourceSha256);
        return manifest;
    }
}
