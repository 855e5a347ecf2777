using System.Net;
using Dinov2Cluster.Silo.Membership;

namespace Dinov2Cluster.Silo.Tests.Membership;

public sealed class OwnRowTests
{
    private static readonly SiloAddress _self = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11111), 7);
    private static readonly SiloAddress _other = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11112), 7);

    private readonly MembershipTableInMemory _table = new();
    private readonly OwnRow _own = new(new Silo());

    [Fact]
    public async Task A_row_that_came_back_older_is_written_again()
    {
        _own.Remember(Row(_self, SiloStatus.Joining));
        _own.Remember(Row(_self, SiloStatus.Active));
        await _table.InsertRow(Row(_self, SiloStatus.Joining), _table.Read().Version.Next());

        Assert.True(await PutBackAsync());

        Assert.Equal(SiloStatus.Active, Assert.Single(_table.Read().Members).Item1.Status);
        Assert.Equal(2, _table.Read().Version.Version);
        Assert.False(await PutBackAsync());
    }

    [Fact]
    public async Task A_row_that_did_not_come_back_is_written_again()
    {
        _own.Remember(Row(_self, SiloStatus.Active));
        await _table.InsertRow(Row(_other, SiloStatus.Active), _table.Read().Version.Next());

        Assert.True(await PutBackAsync());

        Assert.Equal(SiloStatus.Active, _table.Read().TryGet(_self)!.Item1.Status);
    }

    [Theory]
    [InlineData(SiloStatus.Active, SiloStatus.Active)]
    [InlineData(SiloStatus.Active, SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Active, SiloStatus.Dead)]
    [InlineData(SiloStatus.Dead, SiloStatus.Active)]
    public async Task A_row_that_is_as_new_or_of_a_dead_silo_is_left_alone(SiloStatus written, SiloStatus read)
    {
        _own.Remember(Row(_self, written));
        await _table.InsertRow(Row(_self, read), _table.Read().Version.Next());

        Assert.False(await PutBackAsync());

        Assert.Equal(read, Assert.Single(_table.Read().Members).Item1.Status);
    }

    [Fact]
    public async Task A_row_of_another_silo_is_none_of_this_one()
    {
        _own.Remember(Row(_other, SiloStatus.Active));

        Assert.False(await PutBackAsync());

        Assert.Empty(_table.Read().Members);
    }

    [Fact]
    public async Task A_table_that_was_written_since_it_was_read_is_left_to_the_next_reading()
    {
        _own.Remember(Row(_self, SiloStatus.Active));
        var read = _table.Read();
        await _table.InsertRow(Row(_other, SiloStatus.Active), read.Version.Next());

        Assert.False(await _own.PutBackAsync(_table, read, TestContext.Current.CancellationToken));
        Assert.True(await PutBackAsync());
    }

    private Task<bool> PutBackAsync() => _own.PutBackAsync(_table, _table.Read(), TestContext.Current.CancellationToken);

    private static MembershipEntry Row(SiloAddress silo, SiloStatus status) => new() { SiloAddress = silo, SiloName = silo.ToString(), Status = status };

    private sealed class Silo : ILocalSiloDetails
    {
        public string Name => "silo-0";

        public string ClusterId => "dinov2";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress => _self;

        public SiloAddress GatewayAddress => _self;
    }
}
