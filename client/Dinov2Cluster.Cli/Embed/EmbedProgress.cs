using System.Globalization;
using Dinov2Cluster.Cli.Terminal;
using Spectre.Console;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>Shows the progress of a run, with its rate and the time left: a bar on a terminal, otherwise a line every few seconds.</summary>
internal sealed class EmbedProgress(CommandContext context, EmbedTally tally)
{
    public static readonly TimeSpan LinePeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _barPeriod = TimeSpan.FromMilliseconds(250);

    private readonly RateMeter _rate = new(context.Time);

    /// <summary>Shows progress until the work ends, with or without an error.</summary>
    public Task ShowAsync(Task work) => context.ErrorConsole.Profile.Out.IsTerminal
        ? ShowBarAsync(work)
        : RepeatAsync(LinePeriod, work, () => context.Error.WriteLine(Describe()));

    private Task ShowBarAsync(Task work) => context.ErrorConsole.Progress()
        .AutoRefresh(false)
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(async progress =>
        {
            var bar = progress.AddTask("embedding");
            await RepeatAsync(_barPeriod, work, Refresh);
            Refresh();

            void Refresh()
            {
                bar.IsIndeterminate = tally.Total is null;
                bar.MaxValue = Math.Max(tally.Total ?? 1, 1);
                bar.Value = Math.Min(tally.Total is null ? 0 : tally.Seen, bar.MaxValue);
                bar.Description = Markup.Escape(Describe());
                progress.Refresh();
            }
        });

    private async Task RepeatAsync(TimeSpan period, Task work, Action show)
    {
        using var timer = new PeriodicTimer(period, context.Time);
        var ended = work.ContinueWith(
            static (_, timer) => ((PeriodicTimer)timer!).Dispose(), timer, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (await timer.WaitForNextTickAsync())
        {
            show();
        }

        await ended;
    }

    private string Describe()
    {
        var (seen, embedded, failed, total) = (tally.Seen, tally.Embedded, tally.Failed, tally.Total);
        var rate = _rate.Sample(embedded + failed);
        var ofTotal = total is null ? "" : string.Create(CultureInfo.InvariantCulture, $"of {total:N0} ");
        var text = string.Create(CultureInfo.InvariantCulture, $"{seen:N0} {ofTotal}images, {rate:N1}/s");
        if (total > seen && rate > 0)
        {
            text += $", {Durations.Format(TimeSpan.FromSeconds(Math.Min((total.Value - seen) / rate, TimeSpan.FromDays(999).TotalSeconds)))} left";
        }

        return failed == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}, {failed:N0} failed");
    }
}
