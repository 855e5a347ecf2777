using System.Text.Json;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.AspNetCore.Http;

namespace Dinov2Cluster.Cli.Tests.Cluster;

public sealed class ClusterStatusCommandTests : IAsyncLifetime
{
    private static readonly DateTimeOffset _now = new(2026, 1, 1, 2, 0, 5, TimeSpan.Zero);

    private readonly WatchedWriter _output = new();
    private readonly WatchedWriter _error = new();
    private FakeClusterPage _page = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _page = await FakeClusterPage.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _output.DisposeAsync();
        await _error.DisposeAsync();
    }

    [Fact]
    public async Task It_prints_silos_devices_and_models()
    {
        Assert.Equal(0, await RunAsync([]));

        Assert.Equal("", _error.ToString());
        var cells = _output.ToString().Split('\n').Select(line => line.Split('│', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToArray();
        Assert.Equal($"Gateway {_page.Url}/ 0.1.0: 12 images in flight, 7 of them at devices", Assert.Single(cells[0]).Trim());
        Assert.Contains(cells, row => row.SequenceEqual(
            ["silo-0", "ready", "2h 0m", "cuda:0", "dinov2-giant", "available", "31", "8", "5", "32", "199.3", "250.5"]));
        Assert.Contains(cells, row => row.SequenceEqual(["cuda:1", "dinov2-giant", "quarantined", "0", "0", "2", "32", "0.0", "250.5"]));
        Assert.Contains(cells, row => row.SequenceEqual(["silo-1?[31m[red]", "unreachable", "30m 5s"]));
        Assert.Contains(cells, row => row.SequenceEqual(["dinov2-giant", "1536", "2", "199.3", "501.0"]));
    }

    [Fact]
    public async Task An_empty_cluster_is_said()
    {
        Answer("""{"gateway":{"version":"1","draining":true,"images_admitted":0,"images_in_flight":0},"silos":[],"models":[]}""");

        Assert.Equal(0, await RunAsync([]));

        Assert.Contains("draining", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("no silo", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_what_the_gateway_said_on_one_line()
    {
        Assert.Equal(0, await RunAsync(["--json"]));

        var line = Assert.Single(_output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        using var expected = JsonDocument.Parse(FakeClusterPage.Json);
        using var printed = JsonDocument.Parse(line);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, printed.RootElement));
    }

    [Fact]
    public async Task The_key_goes_with_the_request()
    {
        string? authorization = null;
        _page.OnRequest = context =>
        {
            authorization = context.Request.Headers.Authorization;
            return context.Response.WriteAsync(FakeClusterPage.Json);
        };

        await RunAsync(["--api-key", "secret"]);

        Assert.Equal("Bearer secret", authorization);
    }

    [Fact]
    public async Task Watching_prints_again_and_again_until_it_is_stopped()
    {
        var time = new TestClock();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asked = 0;
        Number(_ => Interlocked.Increment(ref asked));

        var run = RunAsync(["--watch", "5s", "--json"], time, stop.Token);
        await time.PassAsync(TimeSpan.FromSeconds(5), Token);
        await time.PassAsync(TimeSpan.FromSeconds(5), Token);
        await _output.Seen("\"images_admitted\":3");
        await stop.CancelAsync();

        Assert.Equal(0, await run);
        Assert.Equal(3, _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task On_a_terminal_the_picture_is_kept_while_the_gateway_is_away()
    {
        var time = new TestClock();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = RunAsync(["--watch"], time, stop.Token, terminal: true);
        await _output.Seen("12 images in flight");
        _page.OnRequest = Status(503);
        await time.PassAsync(TimeSpan.FromSeconds(2), Token);
        await _output.Seen("answered 503 to GET /cluster");
        Number(_ => 99);
        await time.PassAsync(TimeSpan.FromSeconds(2), Token);
        await _output.Seen("99 images in flight");
        await stop.CancelAsync();

        Assert.Equal((0, ""), (await run, _error.ToString()));
    }

    [Theory]
    [InlineData(401, "needs a valid API key; set DINOV2_API_KEY or --api-key")]
    [InlineData(403, "the API key may not see the cluster")]
    [InlineData(404, "has no /cluster; the gateway may serve it at another port")]
    [InlineData(400, "use the gateway's HTTP port")]
    [InlineData(302, "answered 302 to GET /cluster; is it a gateway?")]
    public async Task A_refusal_says_what_to_do(int status, string expected)
    {
        _page.OnRequest = Status(status);

        Assert.Equal(1, await RunAsync([]));

        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"gateway":null,"silos":[],"models":[]}""")]
    public async Task What_is_no_cluster_is_said(string body)
    {
        Answer(body);

        Assert.Equal(1, await RunAsync([]));

        Assert.Contains("doesn't answer like a gateway of this version", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_is_not_there_is_said()
    {
        Assert.Equal(1, await CommandLine.RunAsync(["cluster", "status", "--url", $"http://127.0.0.1:{FreePort.Take(1)[0]}"], new CommandContext(TextWriter.Null, _error), Token));

        Assert.Contains("can't be reached; is a gateway running there?", _error.ToString(), StringComparison.Ordinal);
    }

    private static Func<HttpContext, Task> Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private void Answer(string body) => _page.OnRequest = context => context.Response.WriteAsync(body);

    private void Number(Func<HttpContext, int> images) => _page.OnRequest = context => context.Response.WriteAsync(
        FakeClusterPage.Json.Replace("\"images_admitted\":12", $"\"images_admitted\":{images(context)}", StringComparison.Ordinal));

    private Task<int> RunAsync(string[] arguments) => RunAsync(arguments, new TestClock(_now), Token);

    private Task<int> RunAsync(string[] arguments, TimeProvider time, CancellationToken cancellationToken, bool terminal = false)
    {
        var context = new CommandContext(_output, _error) { Time = time, Variable = _ => null };
        var watched = terminal
            ? new CommandContext(_output, _error) { Time = time, Variable = _ => null, Console = TerminalOutput.CreateConsole(_output) }
            : context;
        return CommandLine.RunAsync(["cluster", "status", "--url", _page.Url, .. arguments], watched, cancellationToken);
    }
}
