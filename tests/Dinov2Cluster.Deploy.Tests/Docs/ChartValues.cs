using YamlDotNet.RepresentationModel;

namespace Dinov2Cluster.Deploy.Tests.Docs;

/// <summary>The values that the chart knows, from its own <c>values.yaml</c>.</summary>
/// <param name="values">The root of that file.</param>
internal sealed class ChartValues(YamlNode values)
{
    /// <summary>The keys that a file of values sets, as paths; those of a list's entries as if there were no list.</summary>
    public static IEnumerable<string[]> Keys(YamlNode node, params string[] path) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(pair => Keys(pair.Value, [.. path, ((YamlScalarNode)pair.Key).Value!])),
        YamlSequenceNode list when list.Children.Any(child => child is YamlMappingNode) => list.Children.SelectMany(child => Keys(child, path)),
        _ => [path],
    };

    /// <summary>The path of a key as <c>--set</c> has it: <c>silo.pools[0].name</c>.</summary>
    public static string[] Path(string key) => Array.ConvertAll(key.Split('.'), name => name.Split('[')[0]);

    /// <summary>Whether the chart knows a key, or hands what it is in to Kubernetes or to the product as it is.</summary>
    public bool Has(string[] path) => path is ["silo", "pools", .. var key]
        // A pool may have every key of the pools' defaults.
        ? key is ["name"] || IsThere(["silo", "poolDefaults", .. key])
        : IsThere(path);

    private bool IsThere(string[] path)
    {
        var node = values;
        foreach (var name in path)
        {
            switch (node)
            {
                case YamlMappingNode { Children.Count: 0 } or YamlSequenceNode:
                    return true;
                case YamlMappingNode map when map.Children.TryGetValue(new YamlScalarNode(name), out var child):
                    node = child;
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}
