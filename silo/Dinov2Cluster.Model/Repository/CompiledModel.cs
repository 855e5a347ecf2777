using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Finds out whether a checkpoint was compiled before.</summary>
public static class CompiledModel
{
    /// <summary>What <c>model.json</c> says when the directory holds this very checkpoint, compiled with these options; else null.</summary>
    /// <param name="checkpointDirectory">A directory with <c>config.json</c> and safetensors. It is hashed only when there is a model to compare with.</param>
    /// <param name="modelDirectory">A directory, that need not exist.</param>
    /// <param name="options">Precision, position embedding, crop size and outputs.</param>
    /// <param name="cancellationToken">Stops the hashing.</param>
    /// <exception cref="ModelException">The checkpoint can't be read.</exception>
    public static ModelManifest? Find(string checkpointDirectory, string modelDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (ModelDirectory.KindOf(modelDirectory) != ModelKind.Compiled)
        {
            return null;
        }

        using var checkpoint = Checkpoint.Open(checkpointDirectory);
        var resolved = options with { PositionEmbedding = options.PositionEmbeddingFor(checkpoint.Config) };
        return Find(modelDirectory, resolved, checkpoint.ComputeSha256(cancellationToken));
    }

    /// <summary>The same for a checkpoint whose checksum is known, and options that name a position embedding. Anything unreadable counts as absent.</summary>
    internal static ModelManifest? Find(string modelDirectory, CompileOptions options, string sha256)
    {
        if (!File.Exists(Path.Combine(modelDirectory, ModelCompiler.GraphFileName)))
        {
            return null;
        }

        try
        {
            var manifest = ModelManifestFile.Read(modelDirectory);
            return manifest.SourceSha256 == sha256
                && manifest.Precision == options.Precision
                && manifest.PositionEmbedding == options.PositionEmbedding
                && manifest.ImageSize == options.ImageSize
                && manifest.PatchTokens > 0 == options.PatchTokens
                ? manifest
                : null;
        }
        catch (ModelException)
        {
            return null;
        }
    }
}
