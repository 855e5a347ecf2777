using System.Text.Json;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>Reads <c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal static class WeightIndex
{
    /// <summary>Largest index that is read.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxShards = 1024;

    /// <summary>File names by tensor names; the file names are not checked yet.</summary>
    public static Dictionary<string, string> Parse(byte[] json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, CheckpointJsonContext.Default.WeightIndexJson)?.WeightMap is { Count: > 0 } map && !map.ContainsValue(null!)
                ? map
                : throw new ModelException($"{path}: no weight_map from tensor names to file names");
        }
        catch (JsonException e)
        {
            throw new ModelException($"{path}: not a safetensors index (JSON with a weight_map, each tensor once); download it again", e);
        }
    }

    /// <summary>The shards, each once, in ordinal order. None of them is outside the directory.</summary>
    public static IReadOnlyList<string> Shards(Dictionary<string, string> map, string path)
    {
        var names = map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (Array.Find(names, name => !IsPlainFileName(name)) is { } other)
        {
            throw new ModelException($"{path}: weight_map names the file {Printable.Quote(other)}; a shard is a .safetensors file beside the index, named without a path");
        }

        return names.Length <= MaxShards ? names : throw new ModelException($"{path}: weight_map names more than {MaxShards} files");
    }

    // Letters, digits, '.', '-' and '_' are all that published shards use; with them no name can leave the directory.
    private static bool IsPlainFileName(string name) =>
        name.Length is > 0 and <= 255
        && name.EndsWith(".safetensors", StringComparison.Ordinal)
        && name[0] != '.'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
