using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>
/// Permits, counted in images, that a request needs before anything is fetched or decoded for it. It never waits. One limit protects the gateway's
/// memory; each model has another one, from the room of its devices.
/// </summary>
internal sealed class AdmissionControl(IOptions<AdmissionOptions> options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly AdmissionOptions _options = options.Value;
    private readonly LoadInFlight _gateway = new(time);
    // Names come from the cluster, not from clients: there are few.
    private readonly Dictionary<string, LoadInFlight> _models = new(StringComparer.Ordinal);
    private long _rejectedByGateway;
    private long _rejectedByDevices;

    /// <summary>Images admitted and not yet answered.</summary>
    public int ImagesInFlight => _gateway.Images;

    /// <summary>Requests that were refused because the gateway holds <see cref="AdmissionOptions.MaxImages"/>.</summary>
    public long RejectedByGateway => Interlocked.Read(ref _rejectedByGateway);

    /// <summary>Requests that were refused because their model's devices had no room.</summary>
    public long RejectedByDevices => Interlocked.Read(ref _rejectedByDevices);

    /// <summary>Images of one model that are admitted and not yet answered.</summary>
    public int ImagesOf(string model)
    {
        lock (_lock)
        {
            return _models.TryGetValue(model, out var load) ? load.Images : 0;
        }
    }

    /// <summary>Images of this gateway that devices have room for.</summary>
    public long RoomOf(ImmutableArray<DeviceState> devices) => DeviceRoom.Of(devices, _options).Images;

    /// <summary>Takes <paramref name="images"/> permits; dispose the permit to give them back.</summary>
    /// <param name="model">Name of a served model.</param>
    /// <param name="devices">The devices that serve it. While none is available, only the gateway's own limit counts: routing reports the error then.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="permit">The permit.</param>
    /// <param name="retryAfter">After a refusal, the time until there should be permits.</param>
    public bool TryAcquire(
        string model, ImmutableArray<DeviceState> devices, int images, [NotNullWhen(true)] out AdmissionPermit? permit, out TimeSpan retryAfter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        var room = DeviceRoom.Of(devices, _options);
        lock (_lock)
        {
            if (!_models.TryGetValue(model, out var load))
            {
                load = new LoadInFlight(time);
                _models.Add(model, load);
            }

            var overGateway = (long)_gateway.Images + images - _options.MaxImages;
            // A lone request is admitted whatever its size: else one that is larger than the devices' room could never run.
            var overDevices = room.ImagesPerSecond > 0 && load.Images > 0 && images > 0 ? load.Images + images - room.Images : 0;
            if (overGateway > 0 || overDevices > 0)
            {
                var forGateway = _gateway.TimeFor(overGateway, double.PositiveInfinity);
                var forDevices = load.TimeFor(overDevices, room.ImagesPerSecond);
                permit = null;
                Interlocked.Increment(ref overGateway > 0 ? ref _rejectedByGateway : ref _rejectedByDevices);
                retryAfter = forGateway > forDevices ? forGateway : forDevices;
                return false;
            }

            _gateway.Add(images);
            load.Add(images);
            permit = new AdmissionPermit(this, load, images);
        }

        retryAfter = TimeSpan.Zero;
        return true;
    }

    internal void Release(LoadInFlight load, int images)
    {
        lock (_lock)
        {
            _gateway.Remove(images);
            load.Remove(images);
        }
    }
}

/// <summary>Admitted images. Disposing it gives the permits back; a second call does nothing.</summary>
internal sealed class AdmissionPermit(AdmissionControl owner, LoadInFlight load, int images) : IDisposable
{
    private AdmissionControl? _owner = owner;

    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Release(load, images);
}
