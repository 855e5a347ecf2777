using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Messaging;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>The silos that a gateway can connect to, from the membership table; it does not follow a table that has gone back in time.
/// Orleans reads it every <see cref="MaxStaleness"/>, and <see cref="ReadAsync"/> hands on what was read then.</summary>
/// <remarks>
/// A Redis that restarts without its data shows an empty or a new table until the silos have put theirs back. Following it would
/// close the connections to every silo, and lose what is under way there.
/// </remarks>
internal sealed class SiloEndpointList(
    IMembershipTable table, IOptions<Orleans.Configuration.GatewayOptions> options, TimeProvider time) : IGatewayListProvider, IClusterMembers
{
    /// <summary>A table that stays old so long belongs to a cluster that was set up anew.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private volatile IReadOnlyList<SiloMember> _members = [];
    private IList<Uri> _gateways = [];
    private int _version = -1;
    private long? _oldSince;
    private bool _initialized;

    /// <inheritdoc/>
    public TimeSpan MaxStaleness => options.Value.GatewayListRefreshPeriod;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public async Task InitializeGatewayListProvider()
    {
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        _initialized = true;
    }

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways()
    {
        if (!_initialized)
        {
            await InitializeGatewayListProvider();
        }

        var read = await table.ReadAllAsync();
        var old = read.Version.Version < _version;
        // Counted from the first old reading, not from the last good one: Redis may have been away for long.
        _oldSince = old ? _oldSince ?? time.GetTimestamp() : null;
        if (!old || time.GetElapsedTime(_oldSince!.Value) > Patience)
        {
            _version = read.Version.Version;
            var silos = read.Members.Select(member => member.Item1).Where(silo => silo.Status == SiloStatus.Active && silo.ProxyPort != 0).ToArray();
            _gateways = [.. silos.Select(silo => GatewayOf(silo, silo.SiloAddress.Generation).ToGatewayUri())];
            // A silo that crashed and came back is there twice until the others have noticed the crash.
            _members = [.. silos.Where(silo => !string.IsNullOrEmpty(silo.SiloName)).GroupBy(silo => silo.SiloName, StringComparer.Ordinal)
                .Select(same => new SiloMember(same.Key, GatewayOf(same.MaxBy(silo => silo.SiloAddress.Generation)!, generation: 0)))];
        }

        return _gateways;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SiloMember>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(_members);

    private static SiloAddress GatewayOf(MembershipEntry silo, int generation) =>
        SiloAddress.New(new IPEndPoint(silo.SiloAddress.Endpoint.Address, silo.ProxyPort), generation);
}
