using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dinov2Cluster.Cli.Cluster;

/// <summary>Draws the state of a cluster.</summary>
internal static class ClusterView
{
    private const string Well = "green";
    private const string Passing = "yellow";
    private const string Bad = "red";

    /// <param name="status">What the gateway said.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="now">For how long states have lasted.</param>
    public static IRenderable Create(ClusterStatus status, Uri address, DateTimeOffset now) =>
        new Rows(Gateway(status.Gateway, address), Devices(status.Silos, now), Models(status.Models));

    private static Text Gateway(GatewayStatus gateway, Uri address) => new(
        $"Gateway {address} {PlainText.Of(gateway.Version)}{(gateway.Draining ? ", draining" : "")}: "
        + $"{gateway.ImagesAdmitted} images in flight, {gateway.ImagesInFlight} of them at devices");

    private static Table Devices(IReadOnlyList<SiloStatus> silos, DateTimeOffset now)
    {
        var table = new Table().RoundedBorder().AddColumns("Silo", "State", "For", "Device", "Model", "State");
        AddNumbers(table, "Queue", "Computing", "Ours", "Batch", "Images/s", "At most");
        foreach (var silo in silos)
        {
            IRenderable[] member = [Plain(silo.Name), State(silo.State), Plain(Age(now - silo.Since))];
            if (silo.Devices.Count == 0)
            {
                table.AddRow(member);
            }

            foreach (var device in silo.Devices)
            {
                table.AddRow([.. member, Plain(device.Id), Plain(device.Model), State(device.State), .. Numbers(device)]);
                // The silo is named once.
                member = [Plain(""), Plain(""), Plain("")];
            }
        }

        return silos.Count > 0 ? table : table.AddRow(Plain("no silo"));
    }

    private static Table Models(IReadOnlyList<ModelStatus> models)
    {
        var table = new Table().RoundedBorder().AddColumn("Model");
        AddNumbers(table, "Features", "Devices", "Images/s", "At most");
        foreach (var model in models)
        {
            table.AddRow(
                Plain(model.Name), Number(model.EmbeddingSize), Number(model.Devices), Rate(model.ImagesPerSecond), Rate(model.PredictedImagesPerSecond));
        }

        return models.Count > 0 ? table : table.AddRow(Plain("none"));
    }

    private static IEnumerable<IRenderable> Numbers(DeviceStatus device) =>
    [
        Number(device.QueueDepth),
        Number(device.Computing),
        Number(device.ImagesInFlight),
        Number(device.BestBatch),
        Rate(device.ImagesPerSecond),
        Rate(device.PredictedImagesPerSecond),
    ];

    private static void AddNumbers(Table table, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }
    }

    private static Text Plain(string text) => new(PlainText.Of(text));

    private static Text Number(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    private static Text Rate(double rate) => new(rate.ToString("0.0", CultureInfo.InvariantCulture));

    private static Text State(string state) => new(PlainText.Of(state), Style.Parse(state switch
    {
        "ready" or "available" => Well,
        "starting" or "draining" or "unused" => Passing,
        _ => Bad,
    }));

    private static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 1 } => $"{age.Days}d {age.Hours}h",
        { TotalHours: >= 1 } => $"{age.Hours}h {age.Minutes}m",
        { TotalMinutes: >= 1 } => $"{age.Minutes}m {age.Seconds}s",
        // Clocks of two machines differ a little.
        _ => $"{Math.Max(age.Seconds, 0)}s",
    };
}
