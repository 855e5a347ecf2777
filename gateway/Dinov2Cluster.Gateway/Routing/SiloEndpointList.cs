using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Messaging;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// The silos that a gateway can connect to, from the membership table. It ignores a table that has gone back in time.
/// Orleans calls it every <see cref="MaxStaleness"/>; <see cref="ReadAsync"/> returns the last result.
/// </summary>
/// <remarks>
/// A Redis that restarts without its data shows an empty or a new table until the silos have restored theirs. Following it would
/// close the connections to every silo and lose the calls under way.
/// </remarks>
internal sealed class SiloEndpointList(
    IMembershipTable table, IOptions<Orleans.Configuration.GatewayOptions> options, TimeProvider time) : IGatewayListProvider, IClusterMembers
{
    /// <summary>A table that stays old for this long belongs to a new cluster.</summary>
    internal static readonly TimeSpan OldTableTimeout = TimeSpan.FromSeconds(10);

    private volatile IReadOnlyList<SiloMember> _members = [];
    private IList<Uri> _uris = [];
    private int _version = -1;
    private long? _oldSince;
    private bool _initialized;

    public TimeSpan MaxStaleness => options.Value.GatewayListRefreshPeriod;

    public bool IsUpdatable => true;

    public async Task InitializeGatewayListProvider()
    {
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        _initialized = true;
    }

    public async Task<IList<Uri>> GetGateways()
    {
        if (!_initialized)
        {
            await InitializeGatewayListProvider();
        }

        var read = await table.ReadAllAsync();
        var old = read.Version.Version < _version;
        // From the first old reading, not from the last good one: Redis may have been down for long.
        _oldSince = old ? _oldSince ?? time.GetTimestamp() : null;
        if (!old || time.GetElapsedTime(_oldSince!.Value) > OldTableTimeout)
        {
            _version = read.Version.Version;
            var silos = read.Members.Select(member => member.Item1).Where(silo => silo.Status == SiloStatus.Active && silo.ProxyPort != 0).ToArray();
            _uris = [.. silos.Select(silo => EndpointOf(silo, silo.SiloAddress.Generation).ToGatewayUri())];
            // A silo that crashed and came back is listed twice until the others have noticed the crash.
            _members = [.. silos.Where(silo => !string.IsNullOrEmpty(silo.SiloName)).GroupBy(silo => silo.SiloName, StringComparer.Ordinal)
                .Select(same => new SiloMember(same.Key, EndpointOf(same.MaxBy(silo => silo.SiloAddress.Generation)!, generation: 0)))];
        }

        return _uris;
    }

    public Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(_members);

    private static SiloAddress EndpointOf(MembershipEntry silo, int generation) =>
        SiloAddress.New(new IPEndPoint(silo.SiloAddress.Endpoint.Address, silo.ProxyPort), generation);
}
