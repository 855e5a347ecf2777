using System.Diagnostics.Metrics;
using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.Silo.Models;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="ISiloEndpoint"/>
internal sealed class SiloEndpoint(
    Orleans.Runtime.Silo silo,
    IGrainFactory grains,
    ModelHost host,
    DeviceCalls devices,
    IOptions<ClusterMemberOptions> member,
    SiloEndpointMetrics metrics,
    ILoggerFactory loggers) : GrainService(SiloEndpointId.At(SiloAddress.Zero), silo, loggers), ISiloEndpoint
{
    /// <inheritdoc/>
    public Task<SiloCatalog> DescribeAsync(string silo, CancellationToken cancellationToken) => silo == member.Value.SiloName
        ? Task.FromResult(host.Describe())
        : grains.GetGrain<ISiloCatalogGrain>(silo).GetAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<EmbedReply> EmbedAsync(DeviceAddress device, EmbedRequest request, CancellationToken cancellationToken)
    {
        var forwarded = device.Silo != member.Value.SiloName;
        metrics.Entered(forwarded);
        if (!forwarded)
        {
            return await devices.EmbedAsync(device, request, cancellationToken);
        }

        var reply = await grains.GetGrain<IInferenceGrain>(device.ToString()).EmbedAsync(request, cancellationToken);
        // The answer shows that the crops were sent. After a failure they might still be in a send buffer.
        request.Crops.Release();
        return reply;
    }
}

/// <summary>What a silo endpoint counts.</summary>
internal sealed class SiloEndpointMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _calls;

    public SiloEndpointMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(SiloMeter.Name);
        _calls = _meter.CreateCounter<long>("dinov2.entry.calls", "{call}", "Calls for a device that came in at the silo endpoint, by whether another silo owns the device.");
    }

    /// <summary>A call came in; <paramref name="forwarded"/> when another silo owns the device.</summary>
    public void Entered(bool forwarded) => _calls.Add(1, new KeyValuePair<string, object?>("forwarded", forwarded ? "true" : "false"));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
