using System.Diagnostics;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>Prometheus' own programs, where they are installed.</summary>
internal static class Programs
{
    /// <summary>Why a test that needs them is skipped.</summary>
    public const string NotInstalled = "prometheus is not installed.";

    public static string? Promtool { get; } = Find("promtool");

    public static string? Prometheus { get; } = Find("prometheus");

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code, and all that it printed.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output + await error);
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
