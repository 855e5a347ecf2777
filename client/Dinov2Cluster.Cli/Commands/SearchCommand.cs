using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Search;
using Spectre.Console;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 search IMAGE --index FILE [--top N] [--json]</c>.</summary>
internal static class SearchCommand
{
    private const int MaxTop = 10_000;

    /// <param name="context">The world around the command.</param>
    /// <param name="embedder">Embeds images that the index doesn't have.</param>
    public static Command Create(CommandContext context, IQueryEmbedder embedder)
    {
        var image = new Argument<string>("IMAGE") { Description = "Path or URL of an image; one that the index has is not embedded again." };
        var index = new Option<string>("--index") { Description = "File of vectors: .npy, .parquet or .jsonl.", HelpName = "FILE", Required = true };
        var top = new Option<int>("--top") { Description = "How many neighbours to show.", HelpName = "N", DefaultValueFactory = _ => 10 };
        top.Validators.Add(result =>
        {
            // What is no number is said by the library.
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var count) && (count is < 1 or > MaxTop))
            {
                result.AddError($"--top is a number from 1 to {MaxTop}");
            }
        });
        var json = JsonOutput.Option();
        var command = new Command("search", "Finds the images of an index that are most like one, by the cosine of their features.") { image, index, top, json };
        foreach (var option in embedder.Options)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(image);
            var file = parsed.GetRequiredValue(index);
            var rows = new VectorIndex(file);
            // On another thread: the library listens for Ctrl+C only once the action has returned its task.
            var result = await Task.Run(
                async () =>
                {
                    var query = await rows.FindAsync(path, cancellationToken) ?? await embedder.EmbedAsync(path, parsed, cancellationToken);
                    return await rows.SearchAsync(query, path, parsed.GetValue(top), cancellationToken);
                },
                cancellationToken);
            if (parsed.GetValue(json))
            {
                await JsonOutput.WriteAsync(context, ToJson(path, file, result), cancellationToken);
            }
            else
            {
                Print(context, result);
            }
        });
        return command;
    }

    private static JsonObject ToJson(string image, string file, SearchResult result) => new()
    {
        ["image"] = image,
        ["index"] = file,
        ["compared"] = result.Compared,
        ["passedOver"] = result.PassedOver,
        ["neighbours"] = new JsonArray([.. result.Neighbours.Select((neighbour, i) => new JsonObject { ["rank"] = i + 1, ["score"] = neighbour.Score, ["path"] = neighbour.Path })]),
    };

    private static void Print(CommandContext context, SearchResult result)
    {
        var table = new Table { Border = TableBorder.Simple }
            .AddColumn(new TableColumn("Rank").RightAligned())
            .AddColumn(new TableColumn("Score").RightAligned())
            .AddColumn(new TableColumn("Path"));
        foreach (var (i, neighbour) in result.Neighbours.Index())
        {
            table.AddRow(
                new Text((i + 1).ToString(CultureInfo.InvariantCulture)),
                new Text(neighbour.Score.ToString("0.0000", CultureInfo.InvariantCulture)),
                new Text(PlainText.Of(neighbour.Path)));
        }

        context.Console.Write(table);
        if (result.PassedOver > 0)
        {
            context.Output.WriteLine($"{result.PassedOver} rows were passed over: their vectors are zero or not finite");
        }
    }
}
