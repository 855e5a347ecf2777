using Dinov2Cluster.TestSupport;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary><c>deploy/compose/compose.yaml</c>, read strictly: a key that these classes don't know is an error.</summary>
internal sealed class ComposeFile
{
    public static string Directory { get; } = System.IO.Path.Combine(RepositoryRoot.Path, "deploy", "compose");

    public static string Path { get; } = System.IO.Path.Combine(Directory, "compose.yaml");

    [YamlMember(Alias = "x-hardened", ApplyNamingConventions = false)]
    public object? Hardened { get; init; }

    [YamlMember(Alias = "x-silo", ApplyNamingConventions = false)]
    public object? Silo { get; init; }

    [YamlMember(Alias = "x-silo-environment", ApplyNamingConventions = false)]
    public object? SiloEnvironment { get; init; }

    public Dictionary<string, ComposeService> Services { get; init; } = [];

    public Dictionary<string, object> Volumes { get; init; } = [];

    public static ComposeFile Read()
    {
        using var text = File.OpenText(Path);
        return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build()
            .Deserialize<ComposeFile>(new MergingParser(new Parser(text)));
    }
}
