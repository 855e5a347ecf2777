using System.CommandLine;

namespace Dinov2Cluster.Cli.Commands;

/// <summary>What the commands share.</summary>
internal static class CommandExtensions
{
    /// <summary>Adds options, in a collection initializer.</summary>
    public static void Add(this Command command, IReadOnlyList<Option> options)
    {
        foreach (var option in options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Sets the action. It runs on another thread, because the library handles Ctrl+C only after the action has returned its task.</summary>
    public static Command WithAction(this Command command, Func<ParseResult, CancellationToken, Task> action)
    {
        command.SetAction((parsed, cancellationToken) => Task.Run(() => action(parsed, cancellationToken), cancellationToken));
        return command;
    }
}
