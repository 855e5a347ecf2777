using System.Diagnostics;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>How a program ended, and what it wrote.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <summary>Skips the test where a program is missing; <c>tests/run.sh</c> says how to get it.</summary>
    public static void Require(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(folders.Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not installed.");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="cancellationToken">Ends the program, too.</param>
    public static async Task<ProgramRun> RunAsync(
        string program, string[] arguments, string directory, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Installs the packages of a folder's lock file there.</summary>
    public static async Task InstallPackagesAsync(string directory, CancellationToken cancellationToken)
    {
        var run = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory, [], cancellationToken);
        Assert.True(run.ExitCode == 0, $"npm ended with {run.ExitCode}:\n{run.Error}");
    }
}
