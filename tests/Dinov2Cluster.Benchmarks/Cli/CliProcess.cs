using System.Diagnostics;

namespace Dinov2Cluster.Benchmarks.Cli;

/// <summary>Runs the command-line tool as a user does, and watches its memory.</summary>
internal static class CliProcess
{
    private static readonly TimeSpan _samplePeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>What a run printed, how long it took, and its resident memory at every tenth of a second.</summary>
    public sealed record Run(string Output, TimeSpan Duration, IReadOnlyList<long> MemoryBytes);

    /// <exception cref="InvalidOperationException">The tool failed.</exception>
    public static async Task<Run> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "dinov2.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var memory = new List<long>();
        var end = process.WaitForExitAsync(cancellationToken);
        while (!end.IsCompleted)
        {
            process.Refresh();
            memory.Add(process.WorkingSet64);
            await Task.WhenAny(end, Task.Delay(_samplePeriod, TimeProvider.System, cancellationToken));
        }

        await end;
        var duration = clock.Elapsed;
        return process.ExitCode == 0
            ? new(await output, duration, [.. memory.Where(bytes => bytes > 0)])
            : throw new InvalidOperationException($"dinov2 {string.Join(' ', arguments)} ended with {process.ExitCode}: {await error}");
    }
}
