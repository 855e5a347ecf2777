using System.CommandLine;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model random SIZE --output DIR [--seed N] [--registers]</c>.</summary>
internal static class ModelRandomCommand
{
    public static Command Create(TextWriter output)
    {
        var size = new Argument<string>("SIZE") { Description = $"One of {string.Join(", ", RandomCheckpoint.Sizes)}." };
        size.CompletionSources.Add([.. RandomCheckpoint.Sizes]);
        var directory = new Option<string>("--output") { Description = "Checkpoint directory to make; must not exist, or be empty.", HelpName = "DIR", Required = true };
        var seed = new Option<int>("--seed") { Description = "Seed of the weights; the same seed gives the same bytes.", HelpName = "N", DefaultValueFactory = _ => 0 };
        var registers = new Option<bool>("--registers") { Description = "With the four register tokens of dinov2_with_registers." };
        var command = new Command("random", "Makes a checkpoint with seeded random weights, for tests and benchmarks: its features mean nothing.") { size, directory, seed, registers };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(directory);
            // On another thread: the library listens for Ctrl+C only once the action has returned its task.
            await Task.Run(
                () => RandomCheckpoint.Write(parsed.GetRequiredValue(size), path, parsed.GetValue(seed), parsed.GetValue(registers), cancellationToken),
                cancellationToken);
            await output.WriteLineAsync($"{path}: random checkpoint; its features mean nothing".AsMemory(), cancellationToken);
        });
        return command;
    }
}
