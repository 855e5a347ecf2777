using System.Globalization;
using Dinov2Cluster.Cli.Terminal;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dinov2Cluster.Cli.Cluster;

/// <summary>Draws the state of a cluster.</summary>
internal static class ClusterTable
{
    private const string Good = "green";
    private const string Temporary = "yellow";
    private const string Bad = "red";

    /// <param name="status">The gateway's answer.</param>
    /// <param name="address">The gateway's address.</param>
    /// <param name="now">End of the age of states.</param>
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
            IRenderable[] member = [Plain(silo.Name), State(silo.State), Plain(Durations.Format(now - silo.Since))];
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
        "ready" or "available" => Good,
        "starting" or "draining" or "unused" => Temporary,
        _ => Bad,
    }));
}
