using Dinov2Cluster.TestSupport;
using YamlDotNet.RepresentationModel;

namespace Dinov2Cluster.Deploy.Tests.Workflows;

/// <summary>A workflow of GitHub Actions.</summary>
/// <param name="Name">Its file's name.</param>
/// <param name="Text">The file.</param>
/// <param name="Root">What it says.</param>
internal sealed record Workflow(string Name, string Text, YamlMappingNode Root)
{
    private const string Folder = ".github/workflows";

    /// <summary>Names of all of them.</summary>
    public static IEnumerable<string> Names { get; } = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, Folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    /// <summary>Its jobs by name.</summary>
    public IEnumerable<(string Name, YamlMappingNode Job)> Jobs =>
        ((YamlMappingNode)Root["jobs"]).Children.Select(job => (((YamlScalarNode)job.Key).Value!, (YamlMappingNode)job.Value));

    /// <summary>The steps of all jobs.</summary>
    public IEnumerable<YamlMappingNode> Steps =>
        Jobs.Where(job => job.Job.Children.ContainsKey("steps")).SelectMany(job => ((YamlSequenceNode)job.Job["steps"]).Children.Cast<YamlMappingNode>());

    /// <summary>The scripts of all steps.</summary>
    public IEnumerable<string> Scripts => Steps.Select(step => Value(step, "run")).OfType<string>();

    /// <summary>Reads one.</summary>
    /// <exception cref="YamlDotNet.Core.YamlException">It is no YAML, or has a key twice.</exception>
    public static Workflow Read(string name)
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, Folder, name));
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return new(name, text, (YamlMappingNode)stream.Documents.Single().RootNode);
    }

    /// <summary>The text at a key; null when there is none.</summary>
    public static string? Value(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? (value as YamlScalarNode)?.Value : null;
}
