using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Tests.Support;

/// <summary>One run of the tool in this process, with its output.</summary>
public sealed record CommandLineRun(int ExitCode, string Output, string Error)
{
    public static Task<CommandLineRun> StartAsync(params string[] arguments) =>
        StartAsync(arguments, (output, error) => new CommandContext(output, error), TestContext.Current.CancellationToken);

    internal static async Task<CommandLineRun> StartAsync(string[] arguments, Func<TextWriter, TextWriter, CommandContext> context, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, context(output, error), cancellationToken);
        return new CommandLineRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Checks that it failed as documented: exit code 1, nothing on standard output, one line on standard error.</summary>
    public void AssertFailed(string expected)
    {
        Assert.Equal(1, ExitCode);
        Assert.Empty(Output);
        Assert.Contains(expected, Error, StringComparison.Ordinal);
        Assert.StartsWith("dinov2: ", Error, StringComparison.Ordinal);
        Assert.Equal(Error.Length - Environment.NewLine.Length, Error.IndexOf(Environment.NewLine, StringComparison.Ordinal));
    }
}
