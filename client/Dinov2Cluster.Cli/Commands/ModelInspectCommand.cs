using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Models;
using Dinov2Cluster.Cli.Terminal;
using Spectre.Console;

namespace Dinov2Cluster.Cli.Commands;

/// <summary><c>dinov2 model inspect DIR [--tensors] [--json]</c>.</summary>
internal static class ModelInspectCommand
{
    public static Command Create(CommandContext context)
    {
        var directory = new Argument<string>("DIR") { Description = "Checkpoint or model directory." };
        var tensors = new Option<bool>("--tensors") { Description = "Also lists the tensors of a checkpoint." };
        var json = JsonOutput.Option();
        return new Command("inspect", "Shows all metadata of a checkpoint or model, its files and their SHA-256.")
        {
            directory, tensors, json,
        }.WithAction(async (parsed, cancellationToken) =>
        {
            var description = await ModelDescription.ReadAsync(parsed.GetRequiredValue(directory), cancellationToken);
            if (parsed.GetValue(json))
            {
                await JsonOutput.WriteAsync(context, description, cancellationToken);
                return;
            }

            var values = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
            AddValues(values, "", description);
            context.Console.Write(values);
            WriteTable(context, "files", description["files"]!.AsArray());
            if (parsed.GetValue(tensors) && description["tensors"] is JsonArray named)
            {
                WriteTable(context, "tensors", named);
            }
        });
    }

    /// <summary>Adds everything except the tables; nested names are joined with dots.</summary>
    private static void AddValues(Grid grid, string prefix, JsonObject values)
    {
        foreach (var (name, value) in values)
        {
            if (value is JsonObject nested)
            {
                AddValues(grid, $"{prefix}{name}.", nested);
            }
            else
            {
                var text = value is JsonArray { Count: > 0 } rows && rows[0] is JsonObject ? Number(rows.Count) : Show(value);
                grid.AddRow(new Text(PlainText.Of(prefix + name)), new Text(text));
            }
        }
    }

    private static void WriteTable(CommandContext context, string title, JsonArray rows)
    {
        var names = rows.Count == 0 ? [] : rows[0]!.AsObject().Select(value => value.Key).ToArray();
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle(title) };
        foreach (var name in names)
        {
            table.AddColumn(new TableColumn(name).NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(names.Select(name => new Text(Show(row![name]))));
        }

        context.Console.Write(table);
    }

    private static string Show(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray list => $"[{string.Join(", ", list.Select(Show))}]",
        JsonValue number when number.GetValueKind() == JsonValueKind.Number && number.TryGetValue<long>(out var whole) => Number(whole),
        _ => PlainText.Of(value.ToString()),
    };

    // 1,136,480,768 parameters are easier to read with separators.
    private static string Number(long value) => value.ToString(Math.Abs(value) < 1_000_000 ? "0" : "#,0", CultureInfo.InvariantCulture);
}
