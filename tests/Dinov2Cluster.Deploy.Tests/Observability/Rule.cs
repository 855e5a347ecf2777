using YamlDotNet.Serialization;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>A recording rule or an alert of <c>deploy/prometheus/rules</c>.</summary>
internal sealed class Rule
{
    [YamlMember(Alias = "record")]
    public string? Record { get; set; }

    [YamlMember(Alias = "alert")]
    public string? Alert { get; set; }

    [YamlMember(Alias = "expr")]
    public string Expression { get; set; } = "";

    [YamlMember(Alias = "for")]
    public string? For { get; set; }

    [YamlMember(Alias = "labels")]
    public Dictionary<string, string> Labels { get; set; } = [];

    [YamlMember(Alias = "annotations")]
    public Dictionary<string, string> Annotations { get; set; } = [];

    public string Name => Record ?? Alert ?? throw new InvalidDataException("A rule records or alerts.");

    /// <summary>Every rule, in the order of the files.</summary>
    public static Rule[] ReadAll()
    {
        var yaml = new DeserializerBuilder().Build();
        return [.. DeployFiles.Rules.SelectMany(file => yaml.Deserialize<RuleFile>(File.ReadAllText(file)).Groups).SelectMany(group => group.Rules)];
    }

    private sealed class RuleFile
    {
        [YamlMember(Alias = "groups")]
        public List<RuleGroup> Groups { get; set; } = [];
    }

    private sealed class RuleGroup
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "rules")]
        public List<Rule> Rules { get; set; } = [];
    }
}
