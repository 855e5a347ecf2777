using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Recognizes model directories by their files, and opens those that need no compiling.</summary>
public static class ModelDirectory
{
    /// <summary>What the directory holds; null when it is not a model. File contents are not read.</summary>
    /// <param name="directory">A directory, which need not exist.</param>
    public static ModelKind? KindOf(string directory)
    {
        var onnx = File.Exists(Path.Combine(directory, ModelCompiler.GraphFileName));
        if (onnx && File.Exists(Path.Combine(directory, ModelManifest.FileName)))
        {
            return ModelKind.Compiled;
        }

        if (File.Exists(Path.Combine(directory, CheckpointLayout.Config)) && CheckpointLayout.HasWeights(directory))
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

        if (File.Exists(Path.Combine(directory, CheckpointLayout.Config)))
        {
            return $"has {CheckpointLayout.Config} but no {CheckpointLayout.Weights}; download the safetensors weights";
        }

        return CheckpointLayout.HasWeights(directory)
            ? $"has weights but no {CheckpointLayout.Config}; download it too"
            : $"has neither {ModelCompiler.GraphFileName} nor {CheckpointLayout.Config}";
    }
}

/// <summary>What a directory of the repository holds.</summary>
public enum ModelKind
{
    /// <summary>A compiled model: <c>model.json</c> and <c>model.onnx</c>.</summary>
    Compiled,

    /// <summary>A Hugging Face checkpoint: <c>config.json</c> and safetensors weights; compiled on first load.</summary>
    Checkpoint,

    /// <summary>Somebody else's ONNX export: <c>model.onnx</c> alone.</summary>
    Onnx,
}

/// <summary>A model that is ready to load.</summary>
/// <param name="Name">The model's name in the repository.</param>
/// <param name="OnnxPath">Absolute path of the ONNX file; external data is next to it.</param>
/// <param name="Manifest">The compiler's description of it; null for somebody else's ONNX export.</param>
public sealed record ModelFiles(string Name, string OnnxPath, ModelManifest? Manifest);
