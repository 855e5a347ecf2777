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
        var directory = new Option<string>("--output") { Description = "Checkpoint directory to create; must not exist, or be empty.", HelpName = "DIR", Required = true };
        var seed = new Option<int>("--seed") { Description = "Seed of the weights; the same seed gives the same bytes.", HelpName = "N", DefaultValueFactory = _ => 0 };
        var registers = new Option<bool>("--registers") { Description = "With the four register tokens of dinov2_with_registers." };
        var ifNone = new Option<bool>("--if-none") { Description = "Only when there is no model next to DIR: gives a new volume a model to serve." };
        return new Command("random", "Creates a checkpoint with seeded random weights, for tests and benchmarks: its features mean nothing.")
        {
            size, directory, seed, registers, ifNone,
        }.WithAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(directory);
            var message = $"{path}: random checkpoint; its features mean nothing";
            if (parsed.GetValue(ifNone) && ModelsBeside(path) is { Count: > 0 } models)
            {
                message = $"{path}: not made, since there is {string.Join(", ", models)}";
            }
            else
            {
                RandomCheckpoint.Write(parsed.GetRequiredValue(size), path, parsed.GetValue(seed), parsed.GetValue(registers), cancellationToken);
            }

            await output.WriteLineAsync(message.AsMemory(), cancellationToken);
        });
    }

    private static List<string> ModelsBeside(string path)
    {
        var repository = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return Directory.Exists(repository) ? [.. new ModelRepository(repository).List().Models.Select(model => model.Name)] : [];
    }
}
