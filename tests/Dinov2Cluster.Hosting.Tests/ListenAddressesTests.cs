using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Hosting.Tests;

public sealed class ListenAddressesTests : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "0.0.0.0", true)]
    [InlineData("127.0.0.1", "::", true)]
    [InlineData("0.0.0.0", "127.0.0.1", false)]
    public void A_port_that_another_socket_listens_on_is_named_with_its_setting(string listening, string wanted, bool isShared)
    {
        var port = Listen(listening, isShared);
        var addresses = new ListenAddresses();
        addresses.Add("Cluster:SiloPort", new(IPAddress.Parse(wanted), port));

        var error = Assert.Throws<OptionsValidationException>(addresses.ThrowIfInUse);

        Assert.Equal(
            $"Cluster:SiloPort: port {port} on {wanted} is in use by another process; stop that process, or choose another port.", Assert.Single(error.Failures));
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://+:{0}")]
    [InlineData("http://gateway.example:{0}")]
    public void An_address_of_the_web_server_too(string url)
    {
        var addresses = new ListenAddresses();
        addresses.AddUrl("urls", string.Format(System.Globalization.CultureInfo.InvariantCulture, url, Listen("127.0.0.1")));

        var error = Assert.Throws<OptionsValidationException>(addresses.ThrowIfInUse);

        Assert.StartsWith("urls: port ", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void All_ports_in_use_are_named_at_once()
    {
        var port = Listen("127.0.0.1");
        var addresses = new ListenAddresses();
        addresses.Add("one", new(IPAddress.Loopback, port));
        addresses.Add("free", new(IPAddress.Loopback, 0));
        addresses.Add("two", new(IPAddress.Loopback, port));

        Assert.Equal(["one", "two"], Assert.Throws<OptionsValidationException>(addresses.ThrowIfInUse).Failures.Select(line => line.Split(':')[0]));
    }

    [Theory]
    [InlineData("http://unix:/tmp/gateway.sock")]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://[::1]:0")]
    // An address of no machine: the web server reports it.
    [InlineData("http://192.0.2.1:8080")]
    public void What_is_not_a_port_of_this_machine_is_not_tried(string url)
    {
        var addresses = new ListenAddresses();
        addresses.AddUrl("urls", url);

        addresses.ThrowIfInUse();
    }

    [Fact]
    public async Task A_port_is_free_again_as_soon_as_its_listener_is_closed()
    {
        var port = Listen("127.0.0.1");
        using (var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            // The side that closes first keeps the connection in TIME_WAIT, on the listener's port.
            var accepted = await _listener.AcceptAsync(TestContext.Current.CancellationToken);
            accepted.Shutdown(SocketShutdown.Both);
            accepted.Dispose();
            Assert.Equal(0, await client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        }

        _listener.Dispose();
        var addresses = new ListenAddresses();
        addresses.Add("Cluster:SiloPort", new(IPAddress.Loopback, port));

        addresses.ThrowIfInUse();
    }

    [Fact]
    public async Task A_port_that_is_taken_between_the_check_and_the_start_is_one_line_too()
    {
        var port = Listen("127.0.0.1");
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture), Assert.Single(StartupErrors.Describe(exception) ?? []), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_with_a_port_in_use_ends_before_anything_starts()
    {
        var isStarted = false;

        var exitCode = await HostProgram.RunAsync(() =>
        {
            var builder = Host.CreateEmptyApplicationBuilder(settings: null);
            builder.Services.AddOptions<ListenAddresses>().Configure(addresses => addresses.Add("Port", new(IPAddress.Loopback, Listen("127.0.0.1"))));
            builder.Services.AddSingleton<IHostedService>(_ =>
            {
                isStarted = true;
                throw new InvalidOperationException("Started all the same.");
            });
            return builder.Build();
        });

        Assert.Equal(1, exitCode);
        Assert.False(isStarted);
    }

    private int Listen(string address, bool isShared = false)
    {
        if (isShared)
        {
            // As Orleans does.
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        }

        _listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        _listener.Listen();
        return ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }
}
