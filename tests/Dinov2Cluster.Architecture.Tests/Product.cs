using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace Dinov2Cluster.Architecture.Tests;

/// <summary>The product's assemblies, loaded once for all tests.</summary>
internal static class Product
{
    private const string Prefix = "Dinov2Cluster.";

    private static readonly string[] _folders = ["silo", "gateway", "client", "deploy/standalone"];

    private static readonly string[] _names =
        ["Primitives", "Grains", "Hosting", "Model", "Inference", "Silo", "Imaging", "Gateway", "Client", "Cli", "Standalone"];

    /// <summary>Every assembly that a user gets.</summary>
    public static readonly Assembly[] Assemblies = [.. _names.Select(name => Assembly.Load(name == "Cli" ? "dinov2" : Prefix + name))];

    /// <summary>What the assemblies consist of, read from their instructions: a dependency inside a method body counts too.</summary>
    public static readonly ArchUnitNET.Domain.Architecture Architecture = new ArchLoader().LoadAssemblies(Assemblies).Build();

    /// <summary>The types of our namespaces that no generator wrote.</summary>
    public static IEnumerable<IType> Types => Architecture.Types.Where(IsOurs);

    /// <summary>Source files of the product.</summary>
    public static IEnumerable<string> Sources => _folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(TestSupport.RepositoryRoot.Path, folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    /// <summary>Namespaces that depend on each other, as edges from the user to the used, with the types of one such use.</summary>
    /// <param name="assembly">Name of an assembly: dependencies on others are the compiler's to check.</param>
    public static Dictionary<string, Dictionary<string, string>> NamespaceEdges(string assembly)
    {
        var edges = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (var type in Types.Where(type => type.Assembly.Name.StartsWith(assembly + ",", StringComparison.Ordinal) || type.Assembly.Name == assembly))
        {
            var from = type.Namespace.FullName;
            edges.TryAdd(from, []);
            foreach (var target in type.Dependencies.Select(dependency => dependency.Target).Where(target => IsOurs(target) && target.Assembly.Equals(type.Assembly)))
            {
                if (target.Namespace.FullName != from)
                {
                    edges[from].TryAdd(target.Namespace.FullName, $"{type.FullName} -> {target.FullName}");
                }
            }
        }

        return edges;
    }

    private static bool IsOurs(IType type) =>
        type is not GenericParameter && type.Namespace?.FullName is { } name
        && name.StartsWith("Dinov2Cluster", StringComparison.Ordinal) && !name.StartsWith("Dinov2Cluster.Protocol", StringComparison.Ordinal);
}
