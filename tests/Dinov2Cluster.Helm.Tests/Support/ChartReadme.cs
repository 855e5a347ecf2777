using System.Text;
using System.Text.Json;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>Makes the chart README's table of the comments in <c>values.yaml</c>, which begin with <c># --</c> and stand above their value.</summary>
internal static partial class ChartReadme
{
    private const string Begin = "<!-- values -->\n";
    private const string End = "<!-- /values -->\n";

    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every value that has a comment, with what is below it as its default.</summary>
    /// <exception cref="InvalidOperationException">A value has none, nor is in one that has.</exception>
    public static string Table(string yaml)
    {
        var comments = Comments(yaml);
        var table = new StringBuilder("| key | default | meaning |\n|---|---|---|\n");
        AddRows(table, comments, "", YamlReader.ReadAll(yaml)[0]);
        return table.ToString();
    }

    /// <summary>The README with another table.</summary>
    public static string Update(string readme, string table)
    {
        var begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        return $"{readme[..begin]}\n{table}\n{readme[end..]}";
    }

    private static void AddRows(StringBuilder table, Dictionary<string, string> comments, string parent, JsonObject values)
    {
        foreach (var (name, value) in values)
        {
            var key = parent + name;
            if (comments.TryGetValue(key, out var comment))
            {
                var text = value?.ToJsonString(_json).Replace("\",\"", "\", \"", StringComparison.Ordinal) ?? "null";
                text = value is JsonArray { Count: > 0 } list && list.All(item => item is JsonValue) ? $"[{string.Join(", ", list.Select(item => item!.ToJsonString(_json)))}]" : text;
                table.Append($"| `{key}` | `{Escape(text)}` | {Escape(comment)} |\n");
            }
            else if (value is JsonObject { Count: > 0 } inner)
            {
                AddRows(table, comments, key + ".", inner);
            }
            else
            {
                throw new InvalidOperationException($"{key} has no comment that begins with '# --'.");
            }
        }
    }

    private static Dictionary<string, string> Comments(string yaml)
    {
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        var parents = new Stack<(int Indent, string Key)>();
        string? comment = null;
        foreach (var line in yaml.Split('\n'))
        {
            var text = line.Trim();
            if (text.StartsWith("# -- ", StringComparison.Ordinal))
            {
                comment = text[5..];
            }
            else if (text.StartsWith("# ", StringComparison.Ordinal) && comment is not null)
            {
                comment += " " + text[2..];
            }
            else if (Key().Match(line) is { Success: true } key)
            {
                var indent = key.Groups[1].Length;
                while (parents.TryPeek(out var parent) && parent.Indent >= indent)
                {
                    parents.Pop();
                }

                parents.Push((indent, parents.TryPeek(out var above) ? $"{above.Key}.{key.Groups[2].Value}" : key.Groups[2].Value));
                if (comment is not null)
                {
                    comments.Add(parents.Peek().Key, comment);
                }

                comment = null;
            }
        }

        return comments;
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex("^( *)([A-Za-z0-9_./-]+):")]
    private static partial Regex Key();
}
