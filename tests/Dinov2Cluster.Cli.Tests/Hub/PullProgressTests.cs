using Dinov2Cluster.Cli.Hub;
using Dinov2Cluster.TestSupport;
using Spectre.Console.Testing;

namespace Dinov2Cluster.Cli.Tests.Hub;

public sealed class PullProgressTests
{
    [Fact]
    public void Lines_say_share_rate_and_time_left()
    {
        var time = new TestClock();
        using var output = new StringWriter();
        var progress = new PlainPullProgress(output, time);

        progress.Begin("model.safetensors", 1_000_000_000, existing: 0);
        time.Advance(TimeSpan.FromSeconds(9));
        progress.Advance(90_000_000);
        time.Advance(TimeSpan.FromSeconds(1));
        progress.Advance(10_000_000);
        time.Advance(TimeSpan.FromSeconds(5));
        progress.Advance(1);
        progress.Restart();
        time.Advance(TimeSpan.FromSeconds(10));
        progress.Advance(1000);
        progress.Begin("x.safetensors", 4_000_000_000, existing: 3_000_000_000);
        time.Advance(TimeSpan.FromSeconds(10));
        progress.Advance(500_000_000);

        string[] expected =
        [
            "model.safetensors: 1.0 GB",
            "model.safetensors: 10 % of 1.0 GB, 10.0 MB/s, 1m 30s left",
            "model.safetensors: starts again",
            "model.safetensors: 0 % of 1.0 GB, 100 B/s, 99d 0h left",
            "x.safetensors: 4.0 GB, continues after 3.0 GB",
            "x.safetensors: 87 % of 4.0 GB, 50.0 MB/s, 10s left",
        ];
        Assert.Equal(expected, output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_terminal_gets_a_bar_per_file()
    {
        using var console = new TestConsole().Width(120).Interactive();

        var result = await TerminalPullProgress.RunAsync(console, progress =>
        {
            progress.Begin("config[1].json", 600, existing: 0);
            progress.Advance(600);
            progress.Begin("model.safetensors", 2_000_000, existing: 500_000);
            progress.Advance(1_000_000);
            progress.Restart();
            progress.Advance(2_000_000);
            return Task.FromResult(7);
        });

        Assert.Equal(7, result);
        Assert.Contains("config[1].json", console.Output, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", console.Output, StringComparison.Ordinal);
    }
}
