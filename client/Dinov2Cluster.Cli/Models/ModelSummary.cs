using System.Text.Json.Nodes;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Cli.Models;

/// <summary>One model of a repository, for a list; values that its files don't have are null.</summary>
/// <param name="Name">Name of its directory.</param>
/// <param name="Kind">Content of the directory.</param>
/// <param name="Bytes">Size on the disk, with compiled models in it.</param>
internal sealed record ModelSummary(string Name, ModelKind Kind, long Bytes)
{
    /// <summary>Features per image.</summary>
    public int? Features { get; init; }

    /// <summary>Precision of the weights of a compiled model.</summary>
    public string? Precision { get; init; }

    /// <summary>Side of the square crop in pixels.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Patch tokens per image; 0 for none, null for a checkpoint, where it depends on the compilation.</summary>
    public int? PatchTokens { get; init; }

    public bool? RandomWeights { get; init; }

    /// <summary>Why it can't be served.</summary>
    public string? Problem { get; init; }

    /// <summary>Reads the metadata of a model. A damaged model gets a problem, so that the others are still listed.</summary>
    public static ModelSummary Read(string repository, ModelEntry entry)
    {
        var directory = Path.Combine(repository, entry.Name);
        var summary = new ModelSummary(entry.Name, entry.Kind, DiskUsage.Of(directory));
        try
        {
            return entry.Kind switch
            {
                ModelKind.Checkpoint => Checkpointed(summary, directory),
                ModelKind.Compiled => Compiled(summary, ModelDirectory.OpenCompiled(directory).Manifest!),
                _ => summary,
            };
        }
        catch (ModelException exception)
        {
            return summary with { Problem = exception.Message };
        }
    }

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["kind"] = Kind.ToString().ToLowerInvariant(),
        ["features"] = Features,
        ["precision"] = Precision,
        ["imageSize"] = ImageSize,
        ["patchTokens"] = PatchTokens,
        ["bytes"] = Bytes,
        ["randomWeights"] = RandomWeights,
        ["problem"] = Problem,
    };

    private static ModelSummary Checkpointed(ModelSummary summary, string directory)
    {
        using var checkpoint = Checkpoint.Open(directory);
        return summary with
        {
            Features = checkpoint.Config.HiddenSize,
            ImageSize = checkpoint.Preprocessing.CropSize,
            RandomWeights = checkpoint.RandomWeights,
        };
    }

    private static ModelSummary Compiled(ModelSummary summary, ModelManifest manifest) => summary with
    {
        Features = manifest.EmbeddingSize,
        Precision = manifest.Precision.ToString().ToLowerInvariant(),
        ImageSize = manifest.ImageSize,
        PatchTokens = manifest.PatchTokens,
        RandomWeights = manifest.RandomWeights,
    };
}
