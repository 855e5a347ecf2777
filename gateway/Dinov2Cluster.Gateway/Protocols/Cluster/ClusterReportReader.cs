using System.Collections.Immutable;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>Reads the report from the gateway's own state: no call to any silo, so a status page costs nothing.</summary>
internal sealed class ClusterReportReader(ClusterWatcher watcher, AdmissionControl admission, GatewayDrain drain)
{
    private const string Unused = "unused";

    public ClusterReport Read()
    {
        var view = watcher.View;
        ImmutableArray<SiloReport> silos = [.. watcher.Silos.Select(silo => Read(silo, view))];
        var devices = silos.SelectMany(silo => silo.Devices).ToLookup(device => device.Model, StringComparer.Ordinal);
        return new(
            new(HostVersion.WithRevision, drain.HasBegun, admission.ImagesInFlight, devices.SelectMany(model => model).Sum(device => device.ImagesInFlight)),
            silos,
            [.. view.Models.Select(name => Read(view.Find(name)!.Model, [.. devices[name].Where(device => device.State != Unused)]))]);
    }

    private static SiloReport Read(SiloSnapshot silo, ClusterView view) => new(
        silo.Name, silo.Endpoint?.Endpoint.ToString(), silo.State.ToString().ToLowerInvariant(), silo.Since, [.. silo.Devices.Select(device => Read(device, view))]);

    private static DeviceReport Read(DeviceSnapshot device, ClusterView view)
    {
        var (offer, address) = (device.Offer, device.Offer.Address);
        var state = view.Find(address.Model)?.Devices.FirstOrDefault(routed => routed.Address == address);
        return new(
            address.Device,
            address.Model,
            state is null ? Unused : state.IsAvailable ? "available" : "quarantined",
            offer.QueueDepth,
            offer.Computing,
            state?.ImagesInFlight ?? 0,
            offer.Costs.BestBatch,
            Rounded(offer.Costs.ImagesPerSecond),
            Rounded(device.ImagesPerSecond));
    }

    private static ModelReport Read(ServedModel model, DeviceReport[] devices) => new(
        model.Name,
        model.EmbeddingSize,
        devices.Length,
        Rounded(devices.Sum(device => device.PredictedImagesPerSecond)),
        Rounded(devices.Sum(device => device.ImagesPerSecond)));

    private static double Rounded(double value) => Math.Round(value, 2);
}

/// <summary><c>GET /cluster</c>: silos, devices and models as this gateway sees them.</summary>
internal static class ClusterEndpoints
{
    /// <summary>Maps the route. It names machines: without <see cref="GatewayOptions.ManagementUrl"/>, for the operators' network, it needs a key.</summary>
    public static IEndpointRouteBuilder MapCluster(this IEndpointRouteBuilder routes)
    {
        var route = routes.MapGet("/cluster", (ClusterReportReader reader) => Results.Json(reader.Read(), ClusterReportJson.Default.ClusterReport))
            .WithMetadata(new ManagementRoute(IsPublicToo: false));
        if (routes.ServiceProvider.GetRequiredService<IOptions<GatewayOptions>>().Value.ManagementUrl.Length > 0)
        {
            route.AllowAnonymous();
        }

        return routes;
    }
}
