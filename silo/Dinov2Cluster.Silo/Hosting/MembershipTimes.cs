using Orleans.Configuration;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>How soon silos detect a lost one.</summary>
/// <remarks>
/// A killed silo is declared dead about three seconds later, whether the cluster has two silos or many. A loaded one is not:
/// Orleans extends the probe's timeout with the response times that it measures (up to four times <see cref="ClusterMembershipOptions.ProbeTimeout"/>)
/// and with this silo's own load, and never votes out a silo whose connection lives and brought a message within three such timeouts.
/// So a machine that freezes for seconds stays a member; the router gives it no work meanwhile.
/// </remarks>
internal static class MembershipTimes
{
    public static void Set(ClusterMembershipOptions options)
    {
        // Timeout of the first probes. After four answers, timeout and period are the usual response time plus half of this.
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        // The last of the three is an indirect one in a cluster of three or more, which brings the second vote at once.
        options.NumMissedProbesLimit = 3;
        // Orleans itself asks for fewer where fewer silos are left to vote, and never for more than half of them.
        options.NumVotesForDeathDeclaration = 2;
        // Changes travel by gossip; this bounds the delay for a silo that missed one, and for a restarted store.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
        // A joining silo waits for every active one that wrote this within three periods. After a crash of the whole
        // cluster that is all of them, so the default of 30 s would delay it by a minute and a half.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        options.NumMissedTableIAmAliveLimit = 3;
    }
}
