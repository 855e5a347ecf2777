using Dinov2Cluster.Grains.Messages;
using Orleans.Runtime.Placement;

namespace Dinov2Cluster.Silo.Placement;

/// <summary>Finds the silo that a grain's key names in the membership that this silo sees.</summary>
internal sealed class SiloPinnedPlacementDirector(IClusterMembershipService membership) : IPlacementDirector
{
    /// <inheritdoc/>
    /// <exception cref="SiloUnavailableException">No active silo has the name.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString()!;
        var silo = DeviceAddress.SiloOf(key);
        SiloAddress? newest = null;
        foreach (var (address, member) in membership.CurrentSnapshot.Members)
        {
            // A restarted silo is listed twice until the others notice its crash.
            if (member.Status == SiloStatus.Active && silo.SequenceEqual(member.Name) && !(newest?.Generation >= address.Generation))
            {
                newest = address;
            }
        }

        return newest is null
            ? throw new SiloUnavailableException($"No active silo is named '{silo}', which owns '{key}'.")
            : Task.FromResult(newest);
    }
}
