using System.Text.Json.Nodes;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Cli.Models;

/// <summary>The <c>model.json</c> of a compiled model, with all that it says.</summary>
internal static class ManifestJson
{
    /// <exception cref="Model.ModelException">It is damaged or of another version.</exception>
    public static JsonObject Read(string directory)
    {
        // Checked, so that its values are of the types that they should be.
        ModelDirectory.OpenCompiled(directory);
        return JsonNode.Parse(File.ReadAllBytes(Path.Combine(directory, ModelManifest.FileName)))!.AsObject();
    }
}
