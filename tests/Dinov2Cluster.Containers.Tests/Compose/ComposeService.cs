namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>What our services use of https://docs.docker.com/reference/compose-file/services/; anything else fails the reading.</summary>
internal sealed class ComposeService
{
    public string Image { get; init; } = "";

    public ComposeBuild? Build { get; init; }

    public List<string> Command { get; init; } = [];

    public string Restart { get; init; } = "";

    public string Hostname { get; init; } = "";

    public string User { get; init; } = "";

    public bool ReadOnly { get; init; }

    public List<string> CapDrop { get; init; } = [];

    public List<string> SecurityOpt { get; init; } = [];

    public List<string> Tmpfs { get; init; } = [];

    public List<string> Volumes { get; init; } = [];

    public List<string> Ports { get; init; } = [];

    public Dictionary<string, string> Environment { get; init; } = [];

    public Dictionary<string, ComposeDependency> DependsOn { get; init; } = [];

    public ComposeHealthcheck? Healthcheck { get; init; }

    public string StopGracePeriod { get; init; } = "";
}
