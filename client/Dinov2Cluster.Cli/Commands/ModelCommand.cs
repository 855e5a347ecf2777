using System.CommandLine;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model</c>.</summary>
internal static class ModelCommand
{
    public static Command Create(TextWriter output) => new("model", "Makes and compiles models.")
    {
        ModelRandomCommand.Create(output),
        ModelCompileCommand.Create(output),
    };
}
