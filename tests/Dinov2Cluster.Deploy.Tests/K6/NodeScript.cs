using System.Text.Json.Nodes;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>A few lines of JavaScript over <c>deploy/k6/lib</c>, under Node as it is.</summary>
internal static class NodeScript
{
    /// <summary>Runs them.</summary>
    /// <param name="code">A module; its imports begin with <c>./lib/</c>, and it prints JSON.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<JsonNode> RunAsync(string code, CancellationToken cancellationToken)
    {
        NodePrograms.Require("node");
        var run = await ProgramRun.RunAsync("node", ["--input-type=module", "--eval", code], K6Folder.Root, [], cancellationToken);
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonNode.Parse(run.Output)!;
    }
}
