using System.Text.Json;
using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary><c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
/// <param name="Json">The file's bytes.</param>
/// <param name="Map">Shards by tensor names.</param>
/// <param name="Shards">The shards, each once, in ordinal order. None of them is outside the directory.</param>
internal sealed record WeightIndex(byte[] Json, Dictionary<string, string> Map, IReadOnlyList<string> Shards)
{
    private const int MaxShards = 1024;

    public static WeightIndex Read(string path)
    {
        var json = FileReading.ReadSmall(path, CheckpointLayout.MaxWeightIndexBytes);
        var map = Parse(json, path);
        var shards = map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (Array.Find(shards, name => !IsPlainFileName(name)) is { } other)
        {
            throw new ModelException($"{path}: weight_map names the file {Printable.Quote(other)}; a shard is a .safetensors file next to the index, named without a path");
        }

        return shards.Length <= MaxShards ? new WeightIndex(json, map, shards) : throw new ModelException($"{path}: weight_map names more than {MaxShards} files");
    }

    private static Dictionary<string, string> Parse(byte[] json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, CheckpointJsonContext.Default.WeightIndexJson)?.WeightMap is { Count: > 0 } map && !map.ContainsValue(null!)
                ? map
                : throw new ModelException($"{path}: no weight_map from tensor names to file names");
        }
        catch (JsonException exception)
        {
            throw new ModelException($"{path}: not a safetensors index (JSON with a weight_map, each tensor once); download it again", exception);
        }
    }

    // Letters, digits, '.', '-' and '_' are all that published shards use; with them no name can leave the directory.
    private static bool IsPlainFileName(string name) =>
        name.Length is > 0 and <= 255
        && name.EndsWith(".safetensors", StringComparison.Ordinal)
        && name[0] != '.'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
