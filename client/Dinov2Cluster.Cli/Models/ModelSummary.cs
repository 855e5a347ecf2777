using System.Text.Json.Nodes;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Cli.Models;

/// <summary>One model of a repository, in the words that a list has room for; null where the files don't say.</summary>
/// <param name="Name">Its directory's name.</param>
/// <param name="Kind">What the directory holds.</param>
/// <param name="Bytes">Its size on the disk, with what was compiled of it.</param>
internal sealed record ModelSummary(string Name, ModelKind Kind, long Bytes)
{
    /// <summary>Features per image.</summary>
    public int? Features { get; init; }

    /// <summary>Precision of the weights, of a compiled model.</summary>
    public string? Precision { get; init; }

    /// <summary>Side of the square crop in pixels.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Patch tokens per image that it gives; 0 for none, null for a checkpoint, where it depends on how it is compiled.</summary>
    public int? PatchTokens { get; init; }

    /// <summary>Whether its weights are random numbers.</summary>
    public bool? RandomWeights { get; init; }

    /// <summary>Why it can't be served.</summary>
    public string? Problem { get; init; }

    /// <summary>Reads what a model says of itself. One that is damaged has a problem, and is no reason not to list the others.</summary>
    public static ModelSummary Read(string repository, ModelEntry entry)
    {
        var directory = Path.Combine(repository, entry.Name);
        var summary = new ModelSummary(entry.Name, entry.Kind, DiskUsage.Of(directory));
        try
        {
            return entry.Kind switch
            {
                ModelKind.Checkpoint => Checkpointed(summary, directory),
                ModelKind.Compiled => Compiled(summary, directory),
                _ => summary,
            };
        }
        catch (ModelException e)
        {
            return summary with { Problem = e.Message };
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

    private static ModelSummary Compiled(ModelSummary summary, string directory)
    {
        var manifest = ManifestJson.Read(directory);
        return summary with
        {
            Features = (int)manifest["embeddingSize"]!,
            Precision = (string)manifest["precision"]!,
            ImageSize = (int)manifest["imageSize"]!,
            PatchTokens = (int?)manifest["patchTokens"] ?? 0,
            RandomWeights = (bool?)manifest["randomWeights"] ?? false,
        };
    }
}
