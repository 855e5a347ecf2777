using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Embeds a blank crop on quarantined devices, one probe at a time on each, and ends the quarantine of those that answer.</summary>
internal sealed class DeviceProber(ClusterWatcher watcher, IDeviceClient client, TimeProvider time, ILogger<DeviceProber> logger) : BackgroundService
{
    /// <summary>Time between two checks for due probes.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan _slack = TimeSpan.FromSeconds(1);

    private byte[] _blank = [];

    /// <summary>Starts every probe that is due.</summary>
    internal void Begin(CancellationToken cancellationToken)
    {
        var view = watcher.View;
        foreach (var name in view.Models)
        {
            if (view.Find(name) is not { } route)
            {
                continue;
            }

            foreach (var device in route.Devices)
            {
                if (device.Health.TryBeginProbe())
                {
                    _ = ProbeAsync(device, route.Model, cancellationToken);
                }
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Begin(stoppingToken);
        }
    }

    // Never throws: its task is not awaited.
    private async Task ProbeAsync(DeviceState device, ServedModel model, CancellationToken cancellationToken)
    {
        var succeeded = false;
        try
        {
            var duration = TimeSpan.FromSeconds(device.PredictSeconds(1, time.GetTimestamp())) + _slack;
            using var timeout = new CancellationTokenSource(duration, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            var request = new EmbedRequest(Blank(model.CropSize * model.CropSize * 3), Count: 1, duration);
            var reply = await client.EmbedAsync(device, request, linked.Token).WaitAsync(linked.Token);
            device.Observe(reply.QueueDepth, reply.Computing);
            succeeded = reply.Status == EmbedStatus.Ok && reply.Features.Length == model.EmbeddingSize;
        }
        catch (Exception exception)
        {
            RoutingLog.ProbeFailed(logger, device.Address, exception);
        }

        device.Health.EndProbe(succeeded);
        if (succeeded)
        {
            RoutingLog.DeviceIsBack(logger, device.Address);
        }
    }

    // Read-only, so all probes share it.
    private ReadOnlyMemory<byte> Blank(int bytes)
    {
        if (_blank.Length < bytes)
        {
            _blank = new byte[bytes];
        }

        return _blank.AsMemory(0, bytes);
    }
}
