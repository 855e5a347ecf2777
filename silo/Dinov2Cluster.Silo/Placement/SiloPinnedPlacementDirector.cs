using Dinov2Cluster.Grains;
using Orleans.Runtime.Placement;

namespace Dinov2Cluster.Silo.Placement;

/// <summary>Finds the address of the silo that a grain's key names, in the membership that this silo sees.</summary>
internal sealed class SiloPinnedPlacementDirector(IClusterMembershipService membership) : IPlacementDirector
{
    /// <inheritdoc/>
    /// <exception cref="SiloUnavailableException">No active silo has the name.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString()!;
        var silo = DeviceAddress.SiloOf(key);
        foreach (var (address, member) in membership.CurrentSnapshot.Members)
        {
            if (member.Status == SiloStatus.Active && silo.SequenceEqual(member.Name))
            {
                return Task.FromResult(address);
            }
        }

        throw new SiloUnavailableException($"No active silo is named '{silo}', which owns '{key}'.");
    }
}
