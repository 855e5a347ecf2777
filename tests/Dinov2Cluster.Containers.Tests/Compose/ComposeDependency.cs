namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>What must hold of another service before one starts.</summary>
internal sealed class ComposeDependency
{
    public string Condition { get; init; } = "";
}
