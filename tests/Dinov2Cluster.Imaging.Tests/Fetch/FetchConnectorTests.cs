using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Dinov2Cluster.Imaging.Fetch;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public sealed class FetchConnectorTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TestClock _time = new();

    public FetchConnectorTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task The_checked_address_is_dialed()
    {
        var resolver = new FakeResolver(["127.0.0.1"]);
        await using var stream = await ConnectAsync(resolver, allow: "127.0.0.1/32:*");
        Assert.True(_listener.Pending());
        Assert.Equal(["images.example"], resolver.Asked);
    }

    [Fact]
    public async Task An_ipv4_mapped_answer_is_checked_and_dialed_as_ipv4()
    {
        await using var stream = await ConnectAsync(new FakeResolver(["::ffff:127.0.0.1"]), allow: "127.0.0.1/32:*");
        Assert.True(_listener.Pending());
    }

    [Fact]
    public async Task A_refused_address_is_never_dialed()
    {
        var exception = await Assert.ThrowsAsync<FetchRefusedException>(() => ConnectAsync(new FakeResolver(["127.0.0.1"])));
        Assert.Contains("127.0.0.1", exception.Message, StringComparison.Ordinal);
        Assert.False(_listener.Pending());
    }

    [Theory]
    [InlineData("8.8.8.8", "127.0.0.1")]
    [InlineData("127.0.0.1", "8.8.8.8")]
    [InlineData("127.0.0.1", "10.0.0.1")]
    [InlineData("127.0.0.1", "::1")]
    public async Task One_refused_address_among_several_refuses_the_host(params string[] answer)
    {
        // In the last two rows 127.0.0.1 is open on its own, and still is not dialed next to a refused one.
        var allow = answer.Contains("8.8.8.8") ? null : "127.0.0.1/32:*";
        await Assert.ThrowsAsync<FetchRefusedException>(() => ConnectAsync(new FakeResolver(answer), allow));
        Assert.False(_listener.Pending());
    }

    [Fact]
    public async Task A_name_server_that_changes_its_answer_is_asked_once_per_connection_and_gains_nothing()
    {
        // First an open address that refuses the connection, then a private one: there is no second lookup.
        var resolver = new FakeResolver(["127.0.0.3"], ["127.0.0.1"]);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(resolver, allow: "127.0.0.3/32:*"));
        Assert.Single(resolver.Asked);
        Assert.False(_listener.Pending());

        await Assert.ThrowsAsync<FetchRefusedException>(() => ConnectAsync(resolver, allow: "127.0.0.3/32:*"));
        Assert.Equal(2, resolver.Asked.Count);
        Assert.False(_listener.Pending());
    }

    [Fact]
    public async Task The_next_address_is_dialed_when_one_does_not_answer()
    {
        await using var stream = await ConnectAsync(new FakeResolver(["127.0.0.3", "127.0.0.1"]), allow: "127.0.0.0/8:*");
        Assert.True(_listener.Pending());
    }

    [Fact]
    public async Task No_more_than_four_addresses_are_dialed()
    {
        var resolver = new FakeResolver(["127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.1"]);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(resolver, allow: "127.0.0.0/8:*"));
        Assert.False(_listener.Pending());
    }

    [Fact]
    public async Task A_host_without_addresses_is_refused() =>
        await Assert.ThrowsAsync<FetchRefusedException>(() => ConnectAsync(new FakeResolver([[]])));

    [Fact]
    public async Task An_address_as_host_is_checked_without_a_lookup()
    {
        var resolver = new FakeResolver(["8.8.8.8"]);
        await Assert.ThrowsAsync<FetchRefusedException>(() => ConnectAsync(resolver, host: "127.0.0.1"));
        await Assert.ThrowsAsync<FetchRefusedException>(() => ConnectAsync(resolver, host: "::1"));
        Assert.Empty(resolver.Asked);
        Assert.False(_listener.Pending());
    }

    [Fact]
    public async Task A_name_server_that_does_not_answer_costs_the_connect_timeout()
    {
        var resolver = new HangingResolver();
        var connecting = ConnectAsync(resolver);
        await resolver.Asked;
        _time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        Assert.False(connecting.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAsync<TimeoutException>(() => connecting);
    }

    [Fact]
    public async Task Cancelling_is_not_a_timeout()
    {
        using var cancellation = new CancellationTokenSource();
        var resolver = new HangingResolver();
        var connecting = ConnectAsync(resolver, cancellationToken: cancellation.Token);
        await resolver.Asked;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    [Fact]
    public void The_handler_sends_nothing_of_ours_and_does_nothing_on_its_own()
    {
        using var handler = new FetchConnector(new FetchOptions(), new FakeResolver([]), TimeProvider.System).CreateHandler();

        // HTTP_PROXY and similar variables are only read for a handler that uses proxies.
        Assert.False(handler.UseProxy);
        Assert.Null(handler.Proxy);
        Assert.False(handler.UseCookies);
        Assert.Null(handler.Credentials);
        Assert.False(handler.PreAuthenticate);
        Assert.False(handler.AllowAutoRedirect);
        Assert.Equal(DecompressionMethods.None, handler.AutomaticDecompression);
        Assert.Null(handler.ActivityHeadersPropagator);
        Assert.Equal(16, handler.MaxResponseHeadersLength);
        Assert.Equal(0, handler.MaxResponseDrainSize);
        Assert.NotNull(handler.ConnectCallback);
        Assert.True(handler.SslOptions.CertificateChainPolicy!.DisableCertificateDownloads);
        Assert.Equal(X509RevocationMode.NoCheck, handler.SslOptions.CertificateChainPolicy.RevocationMode);
        Assert.Null(handler.SslOptions.RemoteCertificateValidationCallback);
    }

    private Task<Stream> ConnectAsync(IHostResolver resolver, string? allow = null, string host = "images.example", CancellationToken? cancellationToken = null)
    {
        var options = new FetchOptions { AllowedPorts = { Port } };
        if (allow is not null)
        {
            options.AllowedNetworks.Add(allow);
        }

        var connector = new FetchConnector(options, resolver, _time);
        return connector.ConnectAsync(host, Port, cancellationToken ?? TestContext.Current.CancellationToken).AsTask();
    }
}
