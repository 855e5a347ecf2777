using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class ImageFetcherRedirectTests
{
    private static readonly byte[] _image = [1, 2, 3];

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_followed(int status)
    {
        await using var server = new LoopbackServer(exchange => exchange.Path == "/dir/a" ? exchange.RedirectAsync("b?x=1#f", status) : exchange.OkAsync(_image));
        using var harness = new FetchHarness();
        Assert.Equal(_image, await harness.FetchAsync(server.Url("/dir/a")));
        Assert.StartsWith("GET /dir/b?x=1 HTTP/1.1", server.Heads.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_to_another_server_is_followed()
    {
        await using var target = new LoopbackServer(exchange => exchange.OkAsync(_image));
        await using var server = new LoopbackServer(exchange => exchange.RedirectAsync(target.Url("/b")));
        using var harness = new FetchHarness();
        Assert.Equal(_image, await harness.FetchAsync(server.Url("/a")));
    }

    [Fact]
    public async Task Three_redirects_are_followed_and_a_fourth_is_not()
    {
        await using var server = new LoopbackServer(exchange =>
        {
            var left = int.Parse(exchange.Path.AsSpan(1), CultureInfo.InvariantCulture);
            return left == 0 ? exchange.OkAsync(_image) : exchange.RedirectAsync($"/{left - 1}");
        });
        using var harness = new FetchHarness();
        Assert.Equal(_image, await harness.FetchAsync(server.Url("/3")));
        Assert.Contains("more than 3 redirects", await harness.FailAsync(server.Url("/4")), StringComparison.Ordinal);
        Assert.Equal(4 + 4, server.Heads.Count);
    }

    [Fact]
    public async Task A_redirect_loop_ends()
    {
        await using var server = new LoopbackServer(exchange => exchange.RedirectAsync("/"));
        using var harness = new FetchHarness();
        await harness.FailAsync(server.Url("/"));
        Assert.Equal(4, server.Heads.Count);
    }

    [Fact]
    public async Task A_redirect_to_a_refused_address_is_never_dialed()
    {
        using var listener = new TcpListener(IPAddress.Parse("127.0.0.2"), 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var server = new LoopbackServer(exchange => exchange.RedirectAsync($"http://127.0.0.2:{port}/"));
        using var harness = new FetchHarness();
        Assert.Contains("127.0.0.2", await harness.FailAsync(server.Url("/")), StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_redirect_to_a_name_with_a_refused_address_is_never_dialed()
    {
        using var listener = new TcpListener(IPAddress.Parse("127.0.0.2"), 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var server = new LoopbackServer(exchange => exchange.RedirectAsync($"http://internal.example:{port}/"));
        var resolver = new FakeResolver(["127.0.0.2"]);
        using var harness = new FetchHarness(resolver);
        await harness.FailAsync(server.Url("/"));
        Assert.Equal(["internal.example"], resolver.Asked);
        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://user@127.0.0.1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1:70/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http:\\\\127.0.0.1\\")]
    public async Task A_redirect_to_a_url_that_is_refused_itself_is_refused(string location)
    {
        await using var server = new LoopbackServer(exchange => exchange.RedirectAsync(location));
        using var harness = new FetchHarness(configure: options =>
        {
            options.AllowedNetworks.Clear();
            options.AllowedNetworks.Add("127.0.0.1/32:" + server.Port);
        });
        await harness.FailAsync(server.Url("/"));
        Assert.Single(server.Heads);
    }

    [Theory]
    [InlineData("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation:\r\nContent-Length: 0\r\n\r\n")]
    public async Task A_redirect_without_one_location_is_refused(string answer)
    {
        await using var server = new LoopbackServer(exchange => exchange.WriteAsync(answer));
        using var harness = new FetchHarness();
        Assert.Contains("refused", await harness.FailAsync(server.Url("/")), StringComparison.Ordinal);
        Assert.Single(server.Heads);
    }

    [Fact]
    public async Task A_redirect_s_own_body_is_not_waited_for()
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            if (exchange.Path == "/a")
            {
                await exchange.WriteAsync("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 1000000\r\n\r\n");
                await exchange.HangAsync();
            }

            await exchange.OkAsync(_image);
        });
        using var harness = new FetchHarness();
        Assert.Equal(_image, await harness.FetchAsync(server.Url("/a")));
    }
}
