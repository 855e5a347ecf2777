using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Models;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Model.Repository;
using Spectre.Console;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model list [--repository DIR] [--json]</c>.</summary>
internal static class ModelListCommand
{
    public static Command Create(CommandContext context)
    {
        var directory = new Option<string>("--repository") { Description = "Directory with one subdirectory per model.", HelpName = "DIR", DefaultValueFactory = _ => "models" };
        var json = JsonOutput.Option();
        return new Command("list", "Lists the models of a repository: what a silo with this Models:Repository can serve.")
        {
            directory, json,
        }.WithAction(async (parsed, cancellationToken) =>
        {
            var repository = new ModelRepository(parsed.GetRequiredValue(directory));
            var listing = repository.List();
            var models = listing.Models.Select(entry => ModelSummary.Read(repository.Directory, entry)).ToList();
            if (parsed.GetValue(json))
            {
                await JsonOutput.WriteAsync(context, ToJson(repository, listing, models), cancellationToken);
            }
            else
            {
                Print(context, repository, listing, models);
            }
        });
    }

    private static JsonObject ToJson(ModelRepository repository, RepositoryListing listing, List<ModelSummary> models) => new()
    {
        ["repository"] = repository.Directory,
        ["models"] = new JsonArray([.. models.Select(model => model.ToJson())]),
        ["skipped"] = new JsonArray([.. listing.Skipped.Select(skipped => new JsonObject { ["name"] = skipped.Name, ["reason"] = skipped.Reason })]),
    };

    private static void Print(CommandContext context, ModelRepository repository, RepositoryListing listing, List<ModelSummary> models)
    {
        if (models.Count == 0)
        {
            context.Output.WriteLine($"{repository.Directory} has no models");
        }
        else
        {
            var table = new Table { Border = TableBorder.Simple }.AddColumns("Name", "Kind");
            foreach (var header in (string[])["Features", "Precision", "Image size", "Patch tokens", "Size on disk"])
            {
                table.AddColumn(new TableColumn(header).RightAligned());
            }

            table.AddColumn("Notes");
            foreach (var model in models)
            {
                AddRow(table, model);
            }

            context.Console.Write(table);
        }

        foreach (var skipped in listing.Skipped)
        {
            context.Output.WriteLine($"not a model: {PlainText.Of(skipped.Name)} {PlainText.Of(skipped.Reason)}");
        }
    }

    private static void AddRow(Table table, ModelSummary model)
    {
        var notes = model.Problem is { } problem
            ? $"can't be served: {PlainText.Of(problem)}"
            : model.RandomWeights == true
                ? "random weights: its features mean nothing"
                : "";
        string?[] cells =
        [
            model.Name, model.Kind.ToString().ToLowerInvariant(), Number(model.Features), model.Precision, Number(model.ImageSize), Number(model.PatchTokens),
            ByteSize.Format(model.Bytes), notes,
        ];
        table.AddRow([.. cells.Select(cell => new Text(cell ?? "-"))]);
    }

    private static string? Number(int? value) => value?.ToString(CultureInfo.InvariantCulture);
}
