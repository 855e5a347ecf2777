using System.Text.Json;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>Turns a JSON error into one line that names the file and the key.</summary>
internal static class JsonProblem
{
    public static ModelException Describe(string file, JsonException cause) => new(
        cause.Path is { Length: > 2 } key
            ? $"{file}: {Printable.Quote(key)} has a value of the wrong kind, or is given twice"
            : $"{file}: not a valid JSON object (line {cause.LineNumber + 1}); download it again",
        cause);
}
