using Spectre.Console;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>Progress as bars with rate and time left, one per file.</summary>
internal sealed class TerminalPullProgress(ProgressContext context) : IPullProgress
{
    private ProgressTask? _task;

    /// <summary>Runs something with bars on a terminal.</summary>
    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<IPullProgress, Task<T>> run) => console.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
        .StartAsync(context => run(new TerminalPullProgress(context)));

    public void Begin(string file, long size, long left)
    {
        _task = context.AddTask(Markup.Escape(file), maxValue: Math.Max(size, 1));
        _task.Value = left;
    }

    public void Advance(long bytes) => _task!.Increment(bytes);

    public void Restart() => _task!.Value = 0;
}
