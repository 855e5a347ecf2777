using Dinov2Cluster.Grains;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Asks the cluster itself for its members.</summary>
internal sealed class GrainClusterMembers(IGrainFactory grains) : IClusterMembers
{
    private long _key;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken)
    {
        // The key picks the silo that a call enters through: with a new one each time, one that hangs does not hide the cluster for long.
        var names = await grains.GetGrain<IMembershipGrain>(_key++).GetActiveSilosAsync(cancellationToken);
        return [.. names.Select(name => new SiloMember(name, Gateway: null))];
    }
}
