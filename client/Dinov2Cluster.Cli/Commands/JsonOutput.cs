using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dinov2Cluster.Cli.Commands;

/// <summary>The option <c>--json</c> of commands that show something, and what it prints.</summary>
internal static class JsonOutput
{
    // Readable names: it is no web page.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Option<bool> Option() => new("--json") { Description = "Prints JSON, for programs." };

    public static Task WriteAsync(CommandContext context, JsonNode node, CancellationToken cancellationToken) =>
        context.Output.WriteLineAsync(node.ToJsonString(Indented).AsMemory(), cancellationToken);
}
