using System.CommandLine;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model random SIZE --output DIR [--seed N] [--registers] [--if-none]</c>.</summary>
internal static class ModelRandomCommand
{
    public static Command Create(TextWriter output)
    {
        var size = new Argument<string>("SIZE") { Description = $"One of {string.Join(", ", RandomCheckpoint.Sizes)}." };
        size.CompletionSources.Add([.. RandomCheckpoint.Sizes]);
        var directory = new Option<string>("--output") { Description = "Checkpoint directory to make; must not exist, or be empty.", HelpName = "DIR", Required = true };
        var seed = new Option<int>("--seed") { Description = "Seed of the weights; the same seed gives the same bytes.", HelpName = "N", DefaultValueFactory = _ => 0 };
        var registers = new Option<bool>("--registers") { Description = "With the four register tokens of dinov2_with_registers." };
        var ifNone = new Option<bool>("--if-none") { Description = "Only when there is no model beside DIR: so that a new volume has something to serve." };
        var command = new Command("random", "Makes a checkpoint with seeded random weights, for tests and benchmarks: its features mean nothing.") { size, directory, seed, registers, ifNone };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(directory);
            // On another thread: the library listens for Ctrl+C only once the action has returned its task.
            var message = await Task.Run(
                () =>
                {
                    if (parsed.GetValue(ifNone) && ModelsBeside(path) is { Count: > 0 } models)
                    {
                        return $"{path}: not made, since there is {string.Join(", ", models)}";
                    }

                    RandomCheckpoint.Write(parsed.GetRequiredValue(size), path, parsed.GetValue(seed), parsed.GetValue(registers), cancellationToken);
                    return $"{path}: random checkpoint; its features mean nothing";
                },
                cancellationToken);
            await output.WriteLineAsync(message.AsMemory(), cancellationToken);
        });
        return command;
    }

    private static List<string> ModelsBeside(string path)
    {
        var repository = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return Directory.Exists(repository) ? [.. new ModelRepository(repository).List().Models.Select(model => model.Name)] : [];
    }
}
