namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Says which silos the cluster has.</summary>
internal interface IClusterMembers
{
    /// <summary>The active silos, each name once.</summary>
    /// <exception cref="Exception">The membership can't be read now.</exception>
    Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken);
}
