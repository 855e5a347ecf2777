using System.Globalization;
using Dinov2Cluster.Cli.Terminal;
using Spectre.Console;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>Shows the progress of a download.</summary>
internal interface IPullProgress
{
    /// <summary>A file begins.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="existing">Its bytes that exist from an earlier run.</param>
    void Begin(string file, long size, long existing);

    /// <summary>Bytes arrived.</summary>
    void Advance(long bytes);

    /// <summary>The file starts again at its first byte.</summary>
    void Restart();
}

/// <summary>Lines, where there is no terminal: one when a file begins, and one every ten seconds.</summary>
internal sealed class PlainPullProgress(TextWriter output, TimeProvider time) : IPullProgress
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(10);

    private string _file = "";
    private long _size;
    private long _done;
    private long _received;
    private long _began;
    private long _printed;

    public void Begin(string file, long size, long existing)
    {
        (_file, _size, _done, _received) = (file, size, existing, 0);
        _began = _printed = time.GetTimestamp();
        output.WriteLine($"{file}: {ByteSize.Format(size)}{(existing > 0 ? $", continues after {ByteSize.Format(existing)}" : "")}");
    }

    public void Advance(long bytes)
    {
        _done += bytes;
        _received += bytes;
        if (time.GetElapsedTime(_printed) < _period)
        {
            return;
        }

        _printed = time.GetTimestamp();
        var rate = _received / time.GetElapsedTime(_began).TotalSeconds;
        var left = TimeSpan.FromSeconds(Math.Min((_size - _done) / Math.Max(rate, 1), TimeSpan.FromDays(99).TotalSeconds));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_file}: {100 * _done / Math.Max(_size, 1)} % of {ByteSize.Format(_size)}, {ByteSize.Format((long)rate)}/s, {Durations.Format(left)} left"));
    }

    public void Restart()
    {
        (_done, _received, _began) = (0, 0, time.GetTimestamp());
        output.WriteLine($"{_file}: starts again");
    }
}

/// <summary>Bars with rate and time left, one per file.</summary>
internal sealed class TerminalPullProgress(ProgressContext context) : IPullProgress
{
    private ProgressTask? _task;

    /// <summary>Runs something with bars on a terminal.</summary>
    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<IPullProgress, Task<T>> run) => console.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
        .StartAsync(context => run(new TerminalPullProgress(context)));

    public void Begin(string file, long size, long existing)
    {
        _task = context.AddTask(Markup.Escape(file), maxValue: Math.Max(size, 1));
        _task.Value = existing;
    }

    public void Advance(long bytes) => _task!.Increment(bytes);

    public void Restart() => _task!.Value = 0;
}
