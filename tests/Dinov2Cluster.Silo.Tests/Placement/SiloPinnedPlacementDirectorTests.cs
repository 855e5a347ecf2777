using System.Collections.Immutable;
using System.Net;
using Dinov2Cluster.Silo.Placement;
using Orleans.Runtime.Placement;

namespace Dinov2Cluster.Silo.Tests.Placement;

public sealed class SiloPinnedPlacementDirectorTests
{
    private static readonly SiloAddress _addressA = Address(1, generation: 1);
    private static readonly SiloAddress _addressB = Address(2, generation: 1);

    [Theory]
    [InlineData("a/cpu:0/m", 1)]
    [InlineData("b/cpu:0/m", 2)]
    [InlineData("b", 2)]
    public async Task A_grain_lives_on_the_silo_that_its_key_names(string key, int port)
    {
        var address = await PlaceAsync(key, Member(_addressA, "a", SiloStatus.Active), Member(_addressB, "b", SiloStatus.Active));

        Assert.Equal(port, address.Endpoint.Port);
    }

    [Fact]
    public async Task A_restarted_silo_is_found_by_its_new_address()
    {
        var restarted = Address(1, generation: 2);

        var address = await PlaceAsync("a/cpu:0/m", Member(_addressA, "a", SiloStatus.Dead), Member(restarted, "a", SiloStatus.Active));

        Assert.Equal(restarted, address);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task A_restarted_silo_is_found_while_its_crash_is_unnoticed(int first, int second)
    {
        // Each generation on an address of its own, so that the two come in either order.
        var address = await PlaceAsync(
            "a/cpu:0/m",
            Member(Address(1, generation: first), "a", SiloStatus.Active),
            Member(Address(2, generation: second), "a", SiloStatus.Active));

        Assert.Equal(2, address.Generation);
    }

    [Theory]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Stopping)]
    [InlineData(SiloStatus.Dead)]
    public async Task A_silo_that_is_not_active_gets_no_grain(SiloStatus status)
    {
        var error = await Assert.ThrowsAsync<SiloUnavailableException>(() => PlaceAsync("a/cpu:0/m", Member(_addressA, "a", status)));

        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_name_that_only_begins_alike_is_another_silo() =>
        Assert.ThrowsAsync<SiloUnavailableException>(() => PlaceAsync("a/cpu:0/m", Member(_addressA, "ab", SiloStatus.Active)));

    private static Task<SiloAddress> PlaceAsync(string key, params ClusterMember[] members)
    {
        var director = new SiloPinnedPlacementDirector(new FakeMembership(members));
        var target = new PlacementTarget(GrainId.Create("inference", key), requestContextData: [], interfaceType: default, interfaceVersion: 0);
        return director.OnAddActivation(new SiloPinnedPlacement(), target, context: null!);
    }

    private static ClusterMember Member(SiloAddress address, string name, SiloStatus status) => new(address, status, name);

    private static SiloAddress Address(int port, int generation) => SiloAddress.New(IPAddress.Loopback, port, generation);

    private sealed class FakeMembership(IEnumerable<ClusterMember> members) : IClusterMembershipService
    {
        public ClusterMembershipSnapshot CurrentSnapshot { get; } =
            new(members.ToImmutableDictionary(member => member.SiloAddress), new MembershipVersion(1));

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }
}
