using System.Net;
using System.Net.Sockets;
using System.Text;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreBodyLimitTests : IAsyncLifetime
{
    private const int Limit = 20_000;
    private const string Message = "POST body is larger than the limit of 20000 bytes (Gateway:MaxBodyBytes).";

    private GatewayHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync(new()
    {
        ["Gateway:MaxBodyBytes"] = "20000",
        ["Admission:MaxBodyBytes"] = "100000",
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_length_over_the_limit_is_refused_before_a_byte_is_read()
    {
        // Only the claim is sent: whoever waited for the body would never answer.
        using var socket = new TcpClient();
        await socket.ConnectAsync(_host.Address.Host, _host.Address.Port, Cancellation);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {Limit + 1}\r\n\r\n"),
            Cancellation);
        using var reader = new StreamReader(stream);

        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(Cancellation));
        await _host.CheckServesAsync();
    }

    [Fact]
    public async Task A_whole_body_over_the_limit_is_refused()
    {
        using var response = await _host.ScoreAsync(Body(Limit + 1));

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.RequestEntityTooLarge, Message);
        await _host.CheckServesAsync();
    }

    [Fact]
    public async Task A_chunked_body_over_the_limit_is_refused()
    {
        using var response = await SendChunkedAsync(Body(Limit + 1));

        await GatewayHost.CheckErrorAsync(response, HttpStatusCode.RequestEntityTooLarge, Message);
        await _host.CheckServesAsync();
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_served_whether_its_length_is_known_or_not()
    {
        using var known = await _host.ScoreAsync(Body(Limit));
        using var chunked = await SendChunkedAsync(Body(Limit));

        await _host.CheckRowsAsync(known, "tiny", TestImage.Bmp(1));
        await _host.CheckRowsAsync(chunked, "tiny", TestImage.Bmp(1));
    }

    [Fact]
    public async Task When_all_bodies_together_are_too_large_the_client_is_told_to_come_back()
    {
        var budget = _host.Services.GetRequiredService<BodyBudget>();
        using var others = budget.Lease();
        Assert.True(others.TryGrow(99_000));

        using var full = await _host.ScoreAsync(Body(Limit));
        others.Dispose();

        Assert.Equal(HttpStatusCode.TooManyRequests, full.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), full.Headers.RetryAfter?.Delta);
        await _host.CheckServesAsync();
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task The_deadline_covers_a_body_that_never_ends()
    {
        var time = new TestClock();
        await using var host = await GatewayHost.StartAsync(time: time);
        host.ExpectsErrors = true;
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.Address.Host, host.Address.Port, Cancellation);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(
            "POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"u8.ToArray(), Cancellation);
        await time.WaitBegunAsync(TimeSpan.FromSeconds(60), Cancellation);
        time.Advance(TimeSpan.FromSeconds(60));
        using var reader = new StreamReader(stream);

        Assert.Equal("HTTP/1.1 504 Gateway Timeout", await reader.ReadLineAsync(Cancellation));
    }

    private async Task<HttpResponseMessage> SendChunkedAsync(byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/score") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = true;
        return await _host.Client.SendAsync(request, Cancellation);
    }

    // A good request, filled up with white space.
    private static byte[] Body(int length) =>
        Encoding.UTF8.GetBytes(ScoreJson.Split(TestImage.Base64(1)).PadRight(length));
}
