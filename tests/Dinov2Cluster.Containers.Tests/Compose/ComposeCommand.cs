using System.Diagnostics;

namespace Dinov2Cluster.Containers.Tests.Compose;

/// <summary>Docker Compose, as the plugin of <c>docker</c> or the older program of its own.</summary>
internal static class ComposeCommand
{
    public const string NotInstalled = "Docker Compose is not installed.";

    private static readonly Lazy<Task<string[]?>> _program = new(FindAsync);

    /// <summary>Skips the running test where there is none.</summary>
    public static async Task SkipUnlessInstalledAsync() => Assert.SkipUnless(await _program.Value is not null, NotInstalled);

    /// <summary>Runs it in the file's folder, and expects that it ends with 0.</summary>
    /// <returns>What it printed on standard output.</returns>
    public static async Task<string> RunAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken, params string[] arguments)
    {
        var program = await _program.Value ?? throw new InvalidOperationException(NotInstalled);
        var (exitCode, output, error) = await RunAsync([.. program, .. arguments], environment, cancellationToken);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)} ended with {exitCode}: {error}");
        return output;
    }

    private static async Task<string[]?> FindAsync()
    {
        foreach (var program in (string[][])[["docker", "compose"], ["docker-compose"]])
        {
            try
            {
                if ((await RunAsync([.. program, "version"], new Dictionary<string, string>(), CancellationToken.None)).ExitCode == 0)
                {
                    return program;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such program.
            }
        }

        return null;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string[] command, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = ComposeFile.Directory,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
