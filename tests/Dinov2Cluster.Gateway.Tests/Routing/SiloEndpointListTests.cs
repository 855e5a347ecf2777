using System.Net;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class ClusterClientGatewaysTests
{
    private readonly TestClock _time = new();
    private readonly FakeTable _table = new();

    [Fact]
    public async Task Only_active_silos_with_a_gateway_port_are_listed()
    {
        _table.Set(version: 3, Silo(1, SiloStatus.Active), Silo(2, SiloStatus.Dead), Silo(3, SiloStatus.Joining), Silo(4, SiloStatus.Active, gatewayPort: 0));

        Assert.Equal("1001", await PortsAsync(Gateways()));
    }

    [Fact]
    public async Task A_lost_table_changes_nothing_until_the_silos_have_put_it_back()
    {
        var gateways = Gateways();
        _table.Set(version: 4, Silo(1, SiloStatus.Active), Silo(2, SiloStatus.Active));
        Assert.Equal("1001, 1002", await PortsAsync(gateways));

        _table.Set(version: 0);
        Assert.Equal("1001, 1002", await PortsAsync(gateways));
        _table.Set(version: 2, Silo(3, SiloStatus.Active));
        Assert.Equal("1001, 1002", await PortsAsync(gateways));

        _table.Set(version: 5, Silo(1, SiloStatus.Active), Silo(2, SiloStatus.Active), Silo(3, SiloStatus.Active));
        Assert.Equal("1001, 1002, 1003", await PortsAsync(gateways));
    }

    [Fact]
    public async Task A_cluster_that_was_set_up_anew_is_followed_in_the_end()
    {
        var gateways = Gateways();
        _table.Set(version: 40, Silo(1, SiloStatus.Active));
        await gateways.GetGateways();

        _table.Set(version: 2, Silo(2, SiloStatus.Active));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("1001", await PortsAsync(gateways));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("1001", await PortsAsync(gateways));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("1002", await PortsAsync(gateways));
    }

    [Fact]
    public async Task The_members_are_those_of_the_last_reading_each_with_its_door()
    {
        var gateways = Gateways();
        Assert.Equal("", await MembersAsync(gateways));
        _table.Set(version: 3, Silo(1, SiloStatus.Active), Silo(2, SiloStatus.Dead), Silo(3, SiloStatus.Active), Silo(4, SiloStatus.Active, gatewayPort: 0));
        Assert.Equal("", await MembersAsync(gateways));

        await gateways.GetGateways();

        Assert.Equal("silo1 S127.0.0.1:1001:0, silo3 S127.0.0.1:1003:0", await MembersAsync(gateways));
    }

    [Fact]
    public async Task A_silo_that_came_back_before_its_crash_was_noticed_is_one_member()
    {
        var gateways = Gateways();
        _table.Set(version: 3, Silo(1, SiloStatus.Active, generation: 2, gatewayPort: 1007), Silo(1, SiloStatus.Active, generation: 1));

        await gateways.GetGateways();

        Assert.Equal("silo1 S127.0.0.1:1007:0", await MembersAsync(gateways));
    }

    [Fact]
    public async Task A_lost_table_loses_no_member()
    {
        var gateways = Gateways();
        _table.Set(version: 4, Silo(1, SiloStatus.Active));
        await gateways.GetGateways();
        _table.Set(version: 0);

        await gateways.GetGateways();

        Assert.Equal("silo1 S127.0.0.1:1001:0", await MembersAsync(gateways));
    }

    private static async Task<string> MembersAsync(SiloEndpointList gateways) =>
        string.Join(", ", (await gateways.ReadAsync(TestContext.Current.CancellationToken)).Select(member => $"{member.Name} {member.Endpoint}"));

    private SiloEndpointList Gateways() => new(_table, Options.Create(new Orleans.Configuration.GatewayOptions()), _time);

    private static async Task<string> PortsAsync(SiloEndpointList gateways) =>
        string.Join(", ", (await gateways.GetGateways()).Select(uri => uri.Port));

    private static MembershipEntry Silo(int port, SiloStatus status, int? gatewayPort = null, int generation = 1) =>
        new() { SiloName = $"silo{port}", SiloAddress = SiloAddress.New(IPAddress.Loopback, port, generation), Status = status, ProxyPort = gatewayPort ?? 1000 + port };

    private sealed class FakeTable : IMembershipTable
    {
        private MembershipTableData _data = new([], new TableVersion(0, "0"));

        public void Set(int version, params MembershipEntry[] silos) =>
            _data = new([.. silos.Select(silo => Tuple.Create(silo, "0"))], new TableVersion(version, "0"));

        public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

        public Task<MembershipTableData> ReadAll() => Task.FromResult(_data);

        public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

        public Task<MembershipTableData> ReadRow(SiloAddress key) => throw new NotSupportedException();

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => throw new NotSupportedException();

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => throw new NotSupportedException();

        public Task UpdateIAmAlive(MembershipEntry entry) => throw new NotSupportedException();
    }
}
