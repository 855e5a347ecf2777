using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>What <c>deploy/k6</c> holds.</summary>
internal static class K6Folder
{
    public static string Root { get; } = Path.Combine(RepositoryRoot.Path, "deploy", "k6");

    /// <summary>The programs that run scenarios under Node.</summary>
    public static string Node { get; } = Path.Combine(RepositoryRoot.Path, "tests", "Dinov2Cluster.Deploy.Tests", "K6", "node");

    /// <summary>Names of the scenario files.</summary>
    public static IReadOnlyList<string> Scenarios { get; } =
        [.. Directory.GetFiles(Path.Combine(Root, "scenarios"), "*.js").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));
}
