using System.CommandLine;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 completion SHELL</c>.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> _scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = "dinov2.bash",
        ["zsh"] = "dinov2.zsh",
        ["fish"] = "dinov2.fish",
        ["pwsh"] = "dinov2.ps1",
    };

    public static Command Create(TextWriter output)
    {
        var shell = new Argument<string>("SHELL") { Description = "Shell of the script." };
        shell.AcceptOnlyFromAmong([.. _scripts.Keys]);
        return new Command("completion", "Prints a script that lets a shell complete commands, options and their values. For bash, in ~/.bashrc: source <(dinov2 completion bash)")
        {
            shell,
        }.WithAction(async (parsed, cancellationToken) =>
        {
            await using var stream = typeof(CompletionCommand).Assembly.GetManifestResourceStream(_scripts[parsed.GetRequiredValue(shell)])!;
            using var reader = new StreamReader(stream);
            await output.WriteAsync((await reader.ReadToEndAsync(cancellationToken)).AsMemory(), cancellationToken);
        });
    }
}
