using Dinov2Cluster.Grains;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Lists the silos of the cluster.</summary>
internal interface IClusterMembers
{
    /// <summary>The active silos, each name once.</summary>
    /// <exception cref="Exception">The membership can't be read now.</exception>
    Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>An active silo.</summary>
/// <param name="Name">Its name, as in the addresses of its devices.</param>
/// <param name="Endpoint">Address of its silo endpoint, generation 0; null when calls go through the cluster.</param>
internal sealed record SiloMember(string Name, SiloAddress? Endpoint);

/// <summary>Asks the cluster for its members.</summary>
internal sealed class GrainClusterMembers(IGrainFactory grains) : IClusterMembers
{
    private long _key;

    public async Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken)
    {
        // The key picks the silo that receives the call: a new key each time, so a silo that hangs does not hide the cluster for long.
        var names = await grains.GetGrain<IMembershipGrain>(_key++).GetActiveSilosAsync(cancellationToken);
        return [.. names.Select(name => new SiloMember(name, Endpoint: null))];
    }
}
