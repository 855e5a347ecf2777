using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Compiles a checkpoint only if that was not done before.</summary>
public static class CompiledModel
{
    /// <summary>Returns the model in a directory if it is this very checkpoint, compiled with these options; else compiles it into the directory.</summary>
    /// <param name="checkpointDirectory">A directory with <c>config.json</c> and safetensors.</param>
    /// <param name="modelDirectory">The directory of the model. To be compiled into, it must not exist, or be empty.</param>
    /// <param name="options">Precisions, position embedding, crop size and outputs.</param>
    /// <param name="cancellationToken">Stops the work and removes what it wrote.</param>
    /// <exception cref="ModelException">The checkpoint can't be used or the directory is taken; the message names file and tensor.</exception>
    public static (ModelManifest Manifest, bool WasThere) FindOrCompile(
        string checkpointDirectory, string modelDirectory, CompileOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var checkpoint = Checkpoint.Open(checkpointDirectory);
        return Find(checkpoint, modelDirectory, options, cancellationToken) is { } found
            ? (found, true)
            : (ModelCompiler.Compile(checkpoint, modelDirectory, options, cancellationToken), false);
    }

    /// <summary>The manifest of a directory's model, or null if it is not this checkpoint compiled with these options, or is unreadable.</summary>
    /// <remarks>The checkpoint is hashed only when everything else agrees.</remarks>
    internal static ModelManifest? Find(Checkpoint checkpoint, string modelDirectory, CompileOptions options, CancellationToken cancellationToken) =>
        ReadManifest(modelDirectory) is { } manifest
        && manifest.Precision == options.Precision
        && manifest.Residual == options.Residual
        && manifest.PositionEmbedding == options.PositionEmbeddingFor(checkpoint.Config)
        && manifest.ImageSize == options.ImageSize
        && manifest.PatchTokens > 0 == options.PatchTokens
        && manifest.SourceSha256 == checkpoint.ComputeSha256(cancellationToken)
            ? manifest
            : null;

    private static ModelManifest? ReadManifest(string modelDirectory)
    {
        try
        {
            return ModelDirectory.KindOf(modelDirectory) == ModelKind.Compiled ? ModelManifestFile.Read(modelDirectory) : null;
        }
        catch (ModelException)
        {
            return null;
        }
    }
}
