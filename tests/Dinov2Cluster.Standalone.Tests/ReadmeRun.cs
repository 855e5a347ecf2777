using System.Diagnostics;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>Runs an example of the README as its reader does, in the repository's folder; only the ports are the test's own.</summary>
internal static class ReadmeRun
{
    private const string ProjectDirective = "#:project ";

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(ReadmeExample example, HostProcess host, string directory, CancellationToken cancellationToken)
    {
        var code = example.Code
            .Replace("127.0.0.1:8080", host.Http.BaseAddress!.Authority, StringComparison.Ordinal)
            .Replace("127.0.0.1:8081", host.GrpcAddress!.Authority, StringComparison.Ordinal)
            // The tests' own build made it; another one would get in the way of tests that run beside this one.
            .Replace("dotnet run -c Release ", "dotnet run -c Release --no-build ", StringComparison.Ordinal);
        switch (example.Language)
        {
            case "sh":
                return await RunAsync("bash", ["-euo", "pipefail", "-c", code], cancellationToken);
            case "csharp":
                // A file of its own, outside of the repository: its build settings are not the reader's.
                var program = Path.Combine(directory, "example.cs");
                await File.WriteAllTextAsync(program, code.Replace(ProjectDirective, ProjectDirective + RepositoryRoot.Path + "/", StringComparison.Ordinal), cancellationToken);
                return await RunAsync("dotnet", ["run", program], cancellationToken);
            case "js":
                var script = Path.Combine(directory, "example.mjs");
                await File.WriteAllTextAsync(script, code, cancellationToken);
                return await RunAsync("node", [script], cancellationToken);
            default:
                throw new ArgumentException($"A block of '{example.Language}' can't be run.", nameof(example));
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = RepositoryRoot.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What continuous integration sets for its own build is not the reader's.
        start.Environment.Remove("CI");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{await output}\n{await error}");
        return await output;
    }
}
