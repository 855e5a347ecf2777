using System.CommandLine;
using Dinov2Cluster.Cli.Hub;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model pull NAME [--output DIR] [--revision REVISION]</c>.</summary>
internal static class ModelPullCommand
{
    private const string DefaultEndpoint = "https://huggingface.co";

    public static Command Create(CommandContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Model on the hub, such as facebook/dinov2-giant." };
        var directory = new Option<string?>("--output")
        {
            Description = "Checkpoint directory to create; must not exist, or be empty (default: ./models/ and the name without its owner).",
            HelpName = "DIR",
        };
        var revision = new Option<string>("--revision") { Description = "Branch, tag or commit.", HelpName = "REVISION", DefaultValueFactory = _ => "main" };
        return new Command(
            "pull",
            "Downloads a checkpoint from a Hugging Face hub. An interrupted download continues when the command is run again. "
            + $"Environment: HF_ENDPOINT (default {DefaultEndpoint}), HF_TOKEN (for models that are not public).")
        {
            name, directory, revision,
        }.WithAction(async (parsed, cancellationToken) =>
        {
            var model = HubModel.Parse(parsed.GetRequiredValue(name), parsed.GetRequiredValue(revision));
            var output = parsed.GetValue(directory) ?? Path.Combine("models", model.Name);
            using var client = new HubClient(context.Variable("HF_ENDPOINT") ?? DefaultEndpoint, context.Variable("HF_TOKEN"));
            var result = await PullAsync(context, client, model, output, cancellationToken);
            var size = ByteSize.Format(result.Files.Sum(file => file.Size));
            await context.Output.WriteLineAsync(
                $"{output}: {model.Id} at {result.Commit[..12]}, {result.Files.Count} files, {size}{(result.AlreadyThere ? ", was there already" : "")}".AsMemory(),
                cancellationToken);
        });
    }

    private static async Task<PullResult> PullAsync(CommandContext context, HubClient client, HubModel model, string output, CancellationToken cancellationToken)
    {
        Task<PullResult> RunAsync(IPullProgress progress) =>
            new HubPull(client, context.Time, progress, context.FreeSpace).RunAsync(model, output, cancellationToken);

        try
        {
            return context.Console.Profile.Out.IsTerminal
                ? await TerminalPullProgress.RunAsync(context.Console, RunAsync)
                : await RunAsync(new PlainPullProgress(context.Output, context.Time));
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new CommandException("canceled; the same command continues from there", exception);
        }
    }
}
