using Dinov2Cluster.Cli.Embed;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Embed;

public sealed class EmbedProgressTests
{
    private readonly TaskCompletionSource _work = new();
    private readonly EmbedTally _tally = new();

    [Fact]
    public async Task Where_there_is_no_terminal_it_is_a_line_every_few_seconds()
    {
        var time = new TestClock();
        using var error = new WatchedWriter();
        var shown = new EmbedProgress(new CommandContext(TextWriter.Null, error) { Time = time }, _tally).ShowAsync(_work.Task);
        Count(10, _tally.AddEmbedded);
        Count(5, _tally.AddSkipped);

        await time.PassAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await error.Seen("\n");
        _tally.Total = 1015;
        _tally.AddFailed();
        Count(19, _tally.AddEmbedded);
        time.Advance(TimeSpan.FromSeconds(5));
        await error.Seen("failed\n");
        _work.SetResult();
        await shown;

        Assert.Equal("15 images, 2.0/s\n35 of 1,015 images, 3.0/s, 5m 26s left, 1 failed\n", error.ToString());
    }

    [Fact]
    public async Task On_a_terminal_it_is_a_bar()
    {
        using var error = new WatchedWriter();
        var context = new CommandContext(TextWriter.Null, TextWriter.Null) { ErrorConsole = TerminalOutput.CreateConsole(error) };
        _tally.Total = 4;
        Count(3, _tally.AddEmbedded);

        var shown = new EmbedProgress(context, _tally).ShowAsync(_work.Task);
        await error.Seen("75%");
        _tally.AddFailed();
        _work.SetResult();
        await shown;

        Assert.Contains("3 of 4 images", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("100%", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 failed", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_fails_ends_it()
    {
        _work.SetException(new IOException("full"));

        await new EmbedProgress(new CommandContext(TextWriter.Null, TextWriter.Null), _tally).ShowAsync(_work.Task);
    }

    private static void Count(int times, Action count)
    {
        for (var i = 0; i < times; i++)
        {
            count();
        }
    }
}
