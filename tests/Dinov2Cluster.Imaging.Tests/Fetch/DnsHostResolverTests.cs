using System.Net;
using System.Net.Sockets;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class DnsHostResolverTests
{
    [Fact]
    public async Task The_system_s_own_names_are_found()
    {
        var addresses = await new DnsHostResolver().ResolveAsync("localhost", TestContext.Current.CancellationToken);
        Assert.NotEmpty(addresses);
        Assert.All(addresses, address => Assert.True(IPAddress.IsLoopback(address)));
    }

    [Fact]
    public async Task A_name_that_cannot_exist_is_an_error() =>
        await Assert.ThrowsAsync<SocketException>(
            () => new DnsHostResolver().ResolveAsync("-", TestContext.Current.CancellationToken).AsTask());

    [Fact]
    public async Task A_canceled_caller_starts_no_lookup() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new DnsHostResolver().ResolveAsync("localhost", new CancellationToken(canceled: true)).AsTask());
}
