using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Search;
using Dinov2Cluster.Cli.Terminal;
using Spectre.Console;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 search IMAGE --index FILE [--top N] [--json]</c>.</summary>
internal static class SearchCommand
{
    private const int MaxTop = 10_000;

    public static Command Create(CommandContext context)
    {
        var embedder = new QueryEmbedder(context);
        var image = new Argument<string>("IMAGE") { Description = "Path or URL of an image; an image of the index is not embedded again." };
        var index = new Option<string>("--index") { Description = "Vector file: .npy, .parquet or .jsonl.", HelpName = "FILE", Required = true };
        var top = new Option<int>("--top") { Description = "Number of neighbors to show.", HelpName = "N", DefaultValueFactory = _ => 10 };
        top.Validators.Add(result =>
        {
            // The library reports texts that are not numbers.
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var count) && (count is < 1 or > MaxTop))
            {
                result.AddError($"--top must be a number from 1 to {MaxTop}");
            }
        });
        var json = JsonOutput.Option();
        return new Command("search", "Finds the images of an index that are most similar to an image, by the cosine of their features.")
        {
            image, index, top, json, embedder.Options,
        }.WithAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(image);
            var file = parsed.GetRequiredValue(index);
            var rows = new VectorIndex(file);
            var query = await rows.FindAsync(path, cancellationToken) ?? await embedder.EmbedAsync(path, parsed, cancellationToken);
            var result = await rows.SearchAsync(query, path, parsed.GetValue(top), cancellationToken);
            if (parsed.GetValue(json))
            {
                await JsonOutput.WriteAsync(context, ToJson(path, file, result), cancellationToken);
            }
            else
            {
                Print(context, result);
            }
        });
    }

    private static JsonObject ToJson(string image, string file, SearchResult result) => new()
    {
        ["image"] = image,
        ["index"] = file,
        ["compared"] = result.Compared,
        ["passedOver"] = result.Skipped,
        ["neighbours"] = new JsonArray([.. result.Neighbors.Select((neighbor, i) => new JsonObject { ["rank"] = i + 1, ["score"] = neighbor.Score, ["path"] = neighbor.Path })]),
    };

    private static void Print(CommandContext context, SearchResult result)
    {
        var table = new Table { Border = TableBorder.Simple }
            .AddColumn(new TableColumn("Rank").RightAligned())
            .AddColumn(new TableColumn("Score").RightAligned())
            .AddColumn(new TableColumn("Path"));
        foreach (var (i, neighbor) in result.Neighbors.Index())
        {
            table.AddRow(
                new Text((i + 1).ToString(CultureInfo.InvariantCulture)),
                new Text(neighbor.Score.ToString("0.0000", CultureInfo.InvariantCulture)),
                new Text(PlainText.Of(neighbor.Path)));
        }

        context.Console.Write(table);
        if (result.Skipped > 0)
        {
            context.Output.WriteLine($"{result.Skipped} rows were skipped: their vectors are zero or not finite");
        }
    }
}
