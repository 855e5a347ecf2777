using Dinov2Cluster.Grains;
using Orleans.Concurrency;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="IMembershipGrain"/>
[StatelessWorker, Reentrant]
internal sealed class MembershipGrain(IClusterMembershipService membership) : Grain, IMembershipGrain
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> GetActiveSilosAsync(CancellationToken cancellationToken)
    {
        var names = from member in membership.CurrentSnapshot.Members.Values
                    where member.Status == SiloStatus.Active
                    orderby member.Name
                    select member.Name;
        // A restarted silo's name is listed twice until its crash is noticed.
        return Task.FromResult<IReadOnlyList<string>>(names.Distinct(StringComparer.Ordinal).ToArray());
    }
}
