using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class ImageFetcherTests
{
    private static readonly byte[] _image = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    [Fact]
    public async Task A_body_comes_back_as_sent()
    {
        await using var server = new LoopbackServer(exchange => exchange.OkAsync(_image));
        using var harness = new FetchHarness();
        Assert.Equal(_image, await harness.FetchAsync(server.Url("/a.jpg")));
        Assert.Empty(harness.Logger.Collector.GetSnapshot());
    }

    [Fact]
    public async Task A_chunked_body_comes_back_whole()
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            await exchange.WriteAsync("2\r\nde\r\n0\r\n\r\n");
        });
        using var harness = new FetchHarness();
        Assert.Equal("abcde"u8.ToArray(), await harness.FetchAsync(server.Url("/")));
    }

    [Fact]
    public async Task A_compressed_body_is_left_as_it_is()
    {
        await using var server = new LoopbackServer(exchange =>
            exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"));
        using var harness = new FetchHarness();
        Assert.Equal([0x1f, 0x8b, 0x08, 0x00], await harness.FetchAsync(server.Url("/")));
    }

    [Fact]
    public async Task An_empty_body_is_an_empty_image_and_not_a_failed_fetch()
    {
        await using var server = new LoopbackServer(exchange => exchange.OkAsync([]));
        using var harness = new FetchHarness();
        Assert.Empty(await harness.FetchAsync(server.Url("/")));
    }

    [Fact]
    public async Task A_request_has_the_user_agent_and_no_other_information()
    {
        await using var server = new LoopbackServer(exchange => exchange.OkAsync(_image));
        using var harness = new FetchHarness();
        using var activity = new Activity("scoring").SetIdFormat(ActivityIdFormat.W3C).Start();
        await harness.FetchAsync(server.Url("/a.jpg?x=1#fragment"));
        Assert.Equal(
            $"GET /a.jpg?x=1 HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nUser-Agent: Dinov2Cluster-ImageFetcher/1.0\r\nAccept: image/*, */*;q=0.1\r\n\r\n",
            Assert.Single(server.Heads));
    }

    [Fact]
    public async Task Cookies_are_not_given_back()
    {
        await using var server = new LoopbackServer(exchange => exchange.Path == "/a"
            ? exchange.WriteAsync("HTTP/1.1 302 Found\r\nSet-Cookie: id=1; Path=/\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
            : exchange.OkAsync(_image));
        using var harness = new FetchHarness();
        await harness.FetchAsync(server.Url("/a"));
        Assert.Equal(2, server.Heads.Count);
        Assert.DoesNotContain(server.Heads, head => head.Contains("Cookie", StringComparison.OrdinalIgnoreCase) || head.Contains("Referer", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_connection_serves_more_than_one_fetch()
    {
        await using var server = new LoopbackServer(exchange => exchange.OkAsync(_image));
        using var harness = new FetchHarness();
        await harness.FetchAsync(server.Url("/a"));
        await harness.FetchAsync(server.Url("/b"));
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(206)]
    [InlineData(300)]
    [InlineData(304)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Only_status_200_is_an_image(int status)
    {
        await using var server = new LoopbackServer(exchange => exchange.WriteAsync($"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n"));
        using var harness = new FetchHarness();
        Assert.Contains($"status {status}", await harness.FailAsync(server.Url("/")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_declared_length_over_the_limit_is_refused()
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 20000001\r\n\r\n");
            await exchange.HangAsync();
        });
        using var harness = new FetchHarness();
        Assert.Contains("larger than 20000000 bytes", await harness.FailAsync(server.Url("/")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_body_is_cut_at_the_limit()
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await exchange.WriteAsync(_image);
            }
        });
        using var harness = new FetchHarness(configure: options => options.MaxBytes = 100_000);
        Assert.Contains("larger than 100000 bytes", await harness.FailAsync(server.Url("/")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_shorter_than_declared_fails()
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            exchange.IsLast = true;
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
        });
        using var harness = new FetchHarness();
        await harness.FailAsync(server.Url("/"));
    }

    [Fact]
    public async Task A_body_longer_than_declared_ends_where_declared()
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            exchange.IsLast = true;
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdefghi");
        });
        using var harness = new FetchHarness();
        Assert.Equal("abc"u8.ToArray(), await harness.FetchAsync(server.Url("/")));
    }

    [Theory]
    [InlineData("\u0001\u0002\u0003 garbage\r\n\r\n")]
    [InlineData("")]
    public async Task An_answer_that_is_not_http_fails_and_is_logged_in_one_plain_line(string answer)
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            exchange.IsLast = true;
            await exchange.WriteAsync(answer);
        });
        using var harness = new FetchHarness();
        var line = await harness.FailAsync(server.Url("/"));
        Assert.DoesNotContain(line, char.IsControl);
    }

    [Fact]
    public async Task Endless_headers_fail()
    {
        await using var server = new LoopbackServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\n");
            while (true)
            {
                await exchange.WriteAsync($"X-Header: {new string('a', 1000)}\r\n");
            }
        });
        using var harness = new FetchHarness();
        await harness.FailAsync(server.Url("/"));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("")]
    public async Task A_server_that_stops_in_the_middle_costs_the_total_timeout(string beginning)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new LoopbackServer(async exchange =>
        {
            await exchange.WriteAsync(beginning);
            stopped.SetResult();
            await exchange.HangAsync();
        });
        using var harness = new FetchHarness();
        var fetch = harness.StartAsync(server.Url("/"), TestContext.Current.CancellationToken);
        await stopped.Task;
        harness.Time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.False(fetch.IsCompleted);
        harness.Time.Advance(TimeSpan.FromTicks(1));
        await FetchHarness.AssertFailedAsync(fetch);
        Assert.Contains("in time", harness.LogLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_server_that_does_not_answer_is_a_failed_fetch()
    {
        var resolver = new HangingResolver();
        using var harness = new FetchHarness(resolver);
        var fetch = harness.StartAsync("http://images.example/", TestContext.Current.CancellationToken);
        await resolver.Asked;
        harness.Time.Advance(harness.Options.ConnectTimeout);
        await FetchHarness.AssertFailedAsync(fetch);
    }

    [Fact]
    public async Task The_caller_s_cancellation_is_the_caller_s_exception()
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = new LoopbackServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            await cancellation.CancelAsync();
            await exchange.HangAsync();
        });
        using var harness = new FetchHarness();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.StartAsync(server.Url("/"), cancellation.Token));
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        Assert.Empty(harness.Logger.Collector.GetSnapshot());
    }

    [Fact]
    public async Task A_host_is_not_looked_up_again_between_check_and_dial()
    {
        await using var server = new LoopbackServer(exchange => exchange.OkAsync(_image));
        var resolver = new FakeResolver(["127.0.0.1"], ["10.0.0.1"]);
        using var harness = new FetchHarness(resolver);
        Assert.Equal(_image, await harness.FetchAsync($"http://images.example:{server.Port}/"));
        Assert.Single(resolver.Asked);
    }

    [Fact]
    public async Task A_refused_address_is_logged_without_the_query_and_never_dialed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var harness = new FetchHarness(new FakeResolver(["127.0.0.1"]), options => options.AllowedPorts.Add(port), allowLoopback: false);
        var line = await harness.FailAsync($"http://127.0.0.1.nip.io:{port}/a.jpg?token=secret");
        Assert.Equal($"Image fetch refused at http://127.0.0.1.nip.io:{port}/a.jpg: 127.0.0.1 port {port} is not open to fetches.", line);
        Assert.Equal(LogLevel.Warning, harness.Logger.LatestRecord.Level);
        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://127.0.0.1.:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://localhost.:{0}/")]
    [InlineData("http://LOCALHOST:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://0:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://127.0.0.1.nip.io:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://[::ffff:7f00:1]:{0}/")]
    [InlineData("http://[::127.0.0.1]:{0}/")]
    [InlineData("http://[64:ff9b::127.0.0.1]:{0}/")]
    [InlineData("http://[2002:7f00:1::]:{0}/")]
    [InlineData("http://user@127.0.0.1:{0}/")]
    [InlineData("http://example.com\\@127.0.0.1:{0}/")]
    [InlineData("http://127。0。0。1:{0}/")]
    [InlineData("http://%31%32%37.0.0.1:{0}/")]
    [InlineData("http://127.0.0.1\t:{0}/")]
    public async Task No_spelling_of_loopback_is_dialed(string format)
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var harness = new FetchHarness(new FakeResolver(["127.0.0.1"]), options => options.AllowedPorts.Add(port), allowLoopback: false);
        await harness.FailAsync(format.Replace("{0}", $"{port}", StringComparison.Ordinal));
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_closed_port_fails()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var harness = new FetchHarness();
        await harness.FailAsync($"http://127.0.0.1:{port}/");
        Assert.Equal(LogLevel.Information, harness.Logger.LatestRecord.Level);
    }
}
