namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>How a service is asked whether it is well.</summary>
internal sealed class ComposeHealthcheck
{
    public List<string> Test { get; init; } = [];

    public string Interval { get; init; } = "";

    public string Timeout { get; init; } = "";

    public int Retries { get; init; }
}
