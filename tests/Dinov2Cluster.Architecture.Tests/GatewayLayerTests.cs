using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Architecture.Tests;

/// <summary>The gateway's layers are those of docs/architecture.md, and each uses only those above it in the list there.</summary>
public sealed class GatewayLayerTests
{
    private const string Root = "Dinov2Cluster.Gateway";

    // A row of the table: | `Errors` | what is in it |
    private static readonly Regex _row = new(@"^\| `(?<layer>[A-Za-z/*]+)` \|", RegexOptions.Multiline);

    private static string[] Layers { get; } = ReadLayers();

    [Fact]
    public void Every_namespace_has_a_layer()
    {
        var namespaces = Product.NamespaceEdges(Root).Keys.Where(name => name != Root);

        Assert.All(namespaces, name => Assert.True(LayerOf(name) >= 0, $"{name} has no layer in docs/architecture.md."));
        Assert.All(Layers, layer => Assert.Contains(namespaces, name => Layers[LayerOf(name)] == layer));
    }

    [Fact]
    public void Each_layer_uses_only_those_before_it()
    {
        var violations = from edge in Product.NamespaceEdges(Root)
                         from used in edge.Value
                         where LayerOf(edge.Key) < LayerOf(used.Key)
                         select used.Value;

        Assert.True(!violations.Any(), string.Join("\n", violations));
    }

    [Fact]
    public void Nothing_uses_the_composition() =>
        Assert.DoesNotContain(Product.NamespaceEdges(Root), edge => edge.Key != Root && edge.Value.ContainsKey($"{Root}.Hosting"));

    // Protocols/* is one layer: the folders in it have an order too, which NamespaceTests hold.
    private static int LayerOf(string name) => name == Root ? Layers.Length
        : Array.FindIndex(Layers, layer => layer == name[(Root.Length + 1)..] || (layer.EndsWith("/*", StringComparison.Ordinal) && name.StartsWith($"{Root}.{layer[..^2]}.", StringComparison.Ordinal)));

    private static string[] ReadLayers()
    {
        var text = File.ReadAllText(System.IO.Path.Combine(RepositoryRoot.Path, "docs", "architecture.md"));
        var section = text[text.IndexOf("## The gateway's layers", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 3, StringComparison.Ordinal)];
        return [.. _row.Matches(section).Select(match => match.Groups["layer"].Value)];
    }
}
