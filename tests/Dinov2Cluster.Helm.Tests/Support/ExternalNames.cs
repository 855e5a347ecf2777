using System.Text.Json.Nodes;

namespace Dinov2Cluster.Helm.Tests.Support;

/// <summary>Names in a values file that stand for objects of somebody else.</summary>
internal static class ExternalNames
{
    public static IReadOnlySet<string> Read(string values)
    {
        var file = values == Chart.Defaults ? [] : Assert.Single(YamlReader.ReadAll(File.ReadAllText(Chart.PathOf("ci", values + "-values.yaml"))));
        string?[] names =
        [
            Text(file["redis"]?["auth"]?["existingSecret"]),
            Text(file["redis"]?["external"]?["existingSecret"]),
            Text(file["auth"]?["existingSecret"]),
            Text(file["models"]?["download"]?["tokenSecret"]?["name"]),
            Text(file["models"]?["claim"]?["existingClaim"]),
            .. (file["image"]?["pullSecrets"]?.AsArray() ?? []).Select(secret => Text(secret?["name"])),
        ];
        return names.OfType<string>().ToHashSet(StringComparer.Ordinal);
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
