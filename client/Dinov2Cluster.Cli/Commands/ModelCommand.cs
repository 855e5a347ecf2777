using System.CommandLine;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model</c>.</summary>
internal static class ModelCommand
{
    public static Command Create(CommandContext context) => new("model", "Downloads, makes, compiles and shows models.")
    {
        ModelListCommand.Create(context),
        ModelInspectCommand.Create(context),
        ModelPullCommand.Create(context),
        ModelRandomCommand.Create(context.Output),
        ModelCompileCommand.Create(context.Output),
    };
}
