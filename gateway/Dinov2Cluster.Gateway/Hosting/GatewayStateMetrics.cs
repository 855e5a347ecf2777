using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>What the gateway may hold, what it turned away for that, and whether it serves, on the gateway's meter. Read when somebody scrapes.</summary>
internal sealed class GatewayStateMetrics
{
    private readonly AdmissionControl _admission;
    private readonly BodyBudget _bodies;
    private readonly IEmbeddingRouter _router;

    public GatewayStateMetrics(
        IMeterFactory meters,
        AdmissionControl admission,
        BodyBudget bodies,
        IEmbeddingRouter router,
        GatewayReadiness readiness,
        IOptions<AdmissionOptions> admissionOptions,
        IOptions<CacheOptions> cacheOptions)
    {
        (_admission, _bodies, _router) = (admission, bodies, router);
        var (limits, cache) = (admissionOptions.Value, cacheOptions.Value);
        var meter = meters.Create(GatewayMetrics.Name);
        meter.CreateObservableGauge("dinov2.gateway.ready", () => readiness.WhyNot is null ? 1 : 0, description: "1 while the gateway says that it is ready, else 0.");
        meter.CreateObservableGauge("dinov2.gateway.images.limit", () => limits.MaxImages, "{image}", "Most images in flight.");
        meter.CreateObservableGauge("dinov2.gateway.body.limit", () => limits.MaxBodyBytes, "By", "Most memory for request bodies.");
        meter.CreateObservableGauge("dinov2.gateway.cache.limit", () => cache.MaxBytes, "By", "Most memory for features in the cache; 0 when it is off.");
        meter.CreateObservableGauge("dinov2.gateway.memory.limit", () => MemoryLimit.Bytes, "By", "Memory that the process may take: its container's, else the machine's.");
        meter.CreateObservableGauge(
            "dinov2.gateway.model.images.in_flight", () => PerModel(model => _admission.ImagesOf(model.Name)), "{image}", "Images admitted and not yet answered, by model.");
        meter.CreateObservableGauge(
            "dinov2.gateway.model.images.limit", () => PerModel(model => _admission.RoomOf(_router.Devices(model))), "{image}", "Images that a model's devices have room for, by model.");
        meter.CreateObservableCounter(
            "dinov2.gateway.admission.rejected", Rejected, "{request}", "Requests turned away because a limit was reached: images, devices or body.");
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

    private Measurement<long>[] Rejected() =>
    [
        new(_admission.RejectedByGateway, new KeyValuePair<string, object?>("limit", "images")),
        new(_admission.RejectedByDevices, new KeyValuePair<string, object?>("limit", "devices")),
        new(_bodies.Refusals, new KeyValuePair<string, object?>("limit", "body")),
    ];
}
