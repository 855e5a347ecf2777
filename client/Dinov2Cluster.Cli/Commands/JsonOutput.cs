using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Commands;

/// <summary>The option <c>--json</c> and its output.</summary>
internal static class JsonOutput
{
    // Readable names: the output is not a web page.
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Option<bool> Option() => new("--json") { Description = "Prints JSON, for programs." };

    public static Task WriteAsync(CommandContext context, JsonNode node, CancellationToken cancellationToken) =>
        context.Output.WriteLineAsync(node.ToJsonString(_indented).AsMemory(), cancellationToken);
}
