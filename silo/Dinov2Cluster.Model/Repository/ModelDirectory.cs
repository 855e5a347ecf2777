using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

/// <summary>What a directory is, by what files are in it, and what it says of itself.</summary>
public static class ModelDirectory
{
    /// <summary>What the directory holds; null when it is no model. Contents are not read.</summary>
    /// <param name="directory">A directory, that need not exist.</param>
    public static ModelKind? KindOf(string directory)
    {
        var onnx = File.Exists(Path.Combine(directory, ModelCompiler.GraphFileName));
        if (onnx && File.Exists(Path.Combine(directory, ModelManifest.FileName)))
        {
            return ModelKind.Compiled;
        }

        if (File.Exists(Path.Combine(directory, CheckpointFiles.Config)) && WeightFiles.ExistIn(directory))
        {
            return ModelKind.Checkpoint;
        }

        return onnx ? ModelKind.Onnx : null;
    }

    /// <summary>Opens a compiled model or an ONNX export as it is, without compiling anything.</summary>
    /// <param name="directory">A directory of the kind <see cref="ModelKind.Compiled"/> or <see cref="ModelKind.Onnx"/>.</param>
    /// <exception cref="ModelException">Its <c>model.json</c> is damaged or of another version.</exception>
    public static ModelFiles OpenCompiled(string directory)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        return new ModelFiles(
            Path.GetFileName(directory),
            Path.Combine(directory, ModelCompiler.GraphFileName),
            KindOf(directory) == ModelKind.Compiled ? ModelManifestFile.Read(directory) : null);
    }

    /// <summary>Why <see cref="KindOf"/> is null, and what to do, for the person who put the directory there.</summary>
    /// <param name="directory">An existing directory.</param>
    public static string WhyNoModel(string directory)
    {
        if (File.Exists(Path.Combine(directory, ModelManifest.FileName)))
        {
            return $"has {ModelManifest.FileName} but no {ModelCompiler.GraphFileName}; compile the model again";
        }

        if (File.Exists(Path.Combine(directory, CheckpointFiles.Config)))
        {
            return $"has {CheckpointFiles.Config} but no {CheckpointFiles.Weights}; download the safetensors weights";
        }

        return WeightFiles.ExistIn(directory)
            ? $"has weights but no {CheckpointFiles.Config}; download it too"
            : $"has neither {ModelCompiler.GraphFileName} nor {CheckpointFiles.Config}";
    }
}
