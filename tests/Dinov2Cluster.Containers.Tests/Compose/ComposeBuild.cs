namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>How a service's image is built.</summary>
internal sealed class ComposeBuild
{
    public string Context { get; init; } = "";

    public string Dockerfile { get; init; } = "";
}
