using Orleans.Configuration;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>How soon silos notice that one of them is gone.</summary>
/// <remarks>
/// A killed silo is declared dead about three seconds later, whether the cluster has two silos or many. A loaded one is not:
/// Orleans stretches the probe's time with the answers it measures (up to four times <see cref="ClusterMembershipOptions.ProbeTimeout"/>)
/// and with this silo's own load, and a silo whose connection lives and brought a message within three such times is never voted out.
/// So a machine that freezes for seconds keeps its place; that it gets no work meanwhile is the router's task.
/// </remarks>
internal static class MembershipTimes
{
    public static void Set(ClusterMembershipOptions options)
    {
        // Time-out of the first probes. After four answers the time-out, and with it the period, is the usual answer's time plus half of this.
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        // The last of the three is an indirect one in a cluster of three or more, which brings the second vote at once.
        options.NumMissedProbesLimit = 3;
        // Orleans itself asks for fewer where fewer silos are left to vote, and never for more than half of them.
        options.NumVotesForDeathDeclaration = 2;
        // Changes travel by gossip; this bounds the time until a silo that missed it, or a restarted store, is caught up with.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
        // A silo that joins waits for every active one that wrote this within three periods. After a crash of the whole
        // cluster that is all of them, so the default of 30 s would stop it for a minute and a half.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        options.NumMissedTableIAmAliveLimit = 3;
    }
}
