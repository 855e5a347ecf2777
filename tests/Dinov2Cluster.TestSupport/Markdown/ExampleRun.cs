using System.Diagnostics;

namespace Dinov2Cluster.TestSupport.Markdown;

/// <summary>Runs examples as their reader does, in the repository's folder; only the addresses are the test's own.</summary>
/// <param name="replacements">Text of the documents, and the test's own: <c>127.0.0.1:8080</c> and the authority of its gateway.</param>
/// <param name="directory">A directory of the test's own.</param>
public sealed class ExampleRun(IReadOnlyDictionary<string, string> replacements, string directory)
{
    private const string ProjectDirective = "#:project ";

    /// <summary>Shell code that comes before each script, such as functions that stand for installed programs.</summary>
    public string Prelude { get; init; } = "";

    /// <summary>Runs one to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public async Task<string> RunAsync(CodeExample example, CancellationToken cancellationToken)
    {
        var code = Localize(example.Code);
        switch (example.Language)
        {
            case "sh":
                return await ShellAsync(code, cancellationToken);
            case "csharp":
                // A file of its own, outside of the repository: its build settings are not the reader's.
                var program = Path.Combine(directory, "example.cs");
                await File.WriteAllTextAsync(program, code.Replace(ProjectDirective, ProjectDirective + RepositoryRoot.Path + "/", StringComparison.Ordinal), cancellationToken);
                // The tests' own build of the projects that it refers to is used as it is.
                return await RunAsync("dotnet", ["run", "-c", "Release", "--property:BuildProjectReferences=false", program], cancellationToken);
            case "js":
                var script = Path.Combine(directory, "example.mjs");
                await File.WriteAllTextAsync(script, code, cancellationToken);
                return await RunAsync("node", [script], cancellationToken);
            default:
                throw new ArgumentException($"A block of '{example.Language}' can't be run.", nameof(example));
        }
    }

    /// <summary>Runs the shell's blocks of a document one after the other in one shell, as somebody does who follows it from top to bottom.</summary>
    /// <returns>What they wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">One ended with another exit code than 0; the message's last line of <c>==</c> says which.</exception>
    public Task<string> RunAllAsync(IEnumerable<CodeExample> examples, CancellationToken cancellationToken) =>
        ShellAsync(string.Join('\n', examples.Select(example => $"echo '== {example}' >&2\n{Localize(example.Code)}")), cancellationToken);

    private string Localize(string code) =>
        // The tests' own build made it; another one would get in the way of tests that run beside this one.
        replacements.Aggregate(code, (text, replacement) => text.Replace(replacement.Key, replacement.Value, StringComparison.Ordinal))
            .Replace("dotnet run -c Release ", "dotnet run -c Release --no-build ", StringComparison.Ordinal);

    private Task<string> ShellAsync(string code, CancellationToken cancellationToken) => RunAsync("bash", ["-euo", "pipefail", "-c", Prelude + code], cancellationToken);

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
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{await output}\n{await error}");
    }
}
