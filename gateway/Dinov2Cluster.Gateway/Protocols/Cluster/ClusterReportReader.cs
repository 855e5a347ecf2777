using System.Collections.Immutable;
using System.Diagnostics;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>Puts together what the parts of the gateway know of the cluster. It asks nobody, so that a status page costs nothing.</summary>
internal sealed class ClusterReportReader(ClusterWatcher watcher, AdmissionControl admission, GatewayDrain drain)
{
    private const string Unused = "unused";

    public ClusterStatus Read()
    {
        var view = watcher.View;
        ImmutableArray<SiloStatus> silos = [.. watcher.Silos.Select(silo => Read(silo, view))];
        var devices = silos.SelectMany(silo => silo.Devices).ToLookup(device => device.Model, StringComparer.Ordinal);
        return new(
            new(HostVersion.WithRevision, drain.HasBegun, admission.ImagesInFlight, devices.SelectMany(model => model).Sum(device => device.ImagesInFlight)),
            silos,
            [.. view.Models.Select(name => Read(view.Find(name)!.Model, [.. devices[name].Where(device => device.State != Unused)]))]);
    }

    private static SiloStatus Read(SiloSnapshot silo, ClusterView view) => new(
        silo.Name, silo.Gateway?.Endpoint.ToString(), NameOf(silo.State), silo.Since, [.. silo.Devices.Select(device => Read(device, view))]);

    private static DeviceStatus Read(DeviceSnapshot device, ClusterView view)
    {
        var (offer, address) = (device.Offer, device.Offer.Address);
        var state = view.Find(address.Model)?.Devices.FirstOrDefault(routed => routed.Address == address);
        return new(
            address.Device,
            address.Model,
            state is null ? Unused : state.IsAvailable ? "available" : "set-aside",
            offer.QueueDepth,
            offer.Computing,
            state?.ImagesInFlight ?? 0,
            offer.Costs.BestBatch,
            Rounded(offer.Costs.ImagesPerSecond),
            Rounded(device.ImagesPerSecond));
    }

    private static ModelStatus Read(ServedModel model, DeviceStatus[] devices) => new(
        model.Name,
        model.EmbeddingSize,
        devices.Length,
        Rounded(devices.Sum(device => device.PredictedImagesPerSecond)),
        Rounded(devices.Sum(device => device.ImagesPerSecond)));

    private static string NameOf(SiloState state) => state switch
    {
        SiloState.Starting => "starting",
        SiloState.Ready => "ready",
        SiloState.Draining => "draining",
        SiloState.Unreachable => "unreachable",
        _ => throw new UnreachableException(),
    };

    private static double Rounded(double value) => Math.Round(value, 2);
}
