using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>Limits, their use, refusals, and whether the gateway is ready, on the gateway's meter.</summary>
internal sealed class AdmissionMetrics
{
    private readonly IEmbeddingRouter _router;

    public AdmissionMetrics(
        IMeterFactory meters, AdmissionControl admission, BodyBudget bodies, IEmbeddingRouter router, GatewayReadiness readiness, IOptions<AdmissionOptions> options)
    {
        _router = router;
        var limits = options.Value;
        var meter = meters.Create(GatewayMetrics.Name);
        meter.CreateObservableGauge("dinov2.gateway.ready", () => readiness.WhyNot is null ? 1 : 0, description: "1 while the gateway is ready, else 0.");
        meter.CreateObservableGauge("dinov2.gateway.memory.limit", () => MemoryLimit.Bytes, "By", "Memory limit of the process: its container's, else the machine's.");
        meter.CreateObservableUpDownCounter(
            "dinov2.gateway.images.in_flight", () => admission.ImagesInFlight, "{image}", "Images admitted and not yet answered.");
        meter.CreateObservableGauge("dinov2.gateway.images.limit", () => limits.MaxImages, "{image}", "Most images in flight.");
        meter.CreateObservableUpDownCounter("dinov2.gateway.body.in_flight", () => bodies.Used, "By", "Memory reserved for request bodies.");
        meter.CreateObservableGauge("dinov2.gateway.body.limit", () => limits.MaxBodyBytes, "By", "Most memory for request bodies.");
        meter.CreateObservableGauge(
            "dinov2.gateway.model.images.in_flight", () => PerModel(model => admission.ImagesOf(model.Name)), "{image}", "Images admitted and not yet answered, by model.");
        meter.CreateObservableGauge(
            "dinov2.gateway.model.images.limit", () => PerModel(model => admission.RoomOf(_router.Devices(model))), "{image}", "Images that a model's devices have room for, by model.");
        meter.CreateObservableCounter(
            "dinov2.gateway.admission.rejected",
            () => (Measurement<long>[])[
                new(admission.RejectedByGateway, new KeyValuePair<string, object?>("limit", "images")),
                new(admission.RejectedByDevices, new KeyValuePair<string, object?>("limit", "devices")),
                new(bodies.Refusals, new KeyValuePair<string, object?>("limit", "body"))],
            "{request}",
            "Requests turned away because a limit was reached: images, devices or body.");
    }

    private IEnumerable<Measurement<long>> PerModel(Func<ServedModel, long> read)
    {
        foreach (var name in _router.Models)
        {
            if (_router.TryGetModel(name, out var model))
            {
                yield return new(read(model), new KeyValuePair<string, object?>("model", name));
            }
        }
    }
}
