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

/// <summary>
/// Images in flight in the gateway or for one model, and how many leave per second while there is work: an exponentially weighted average over
/// windows of at least a second. <see cref="AdmissionControl"/>'s lock guards it.
/// </summary>
internal sealed class LoadInFlight(TimeProvider time)
{
    // The newest window counts a third: a changed load shows within a few seconds, one odd window hardly matters.
    private const double NewestWeight = 1.0 / 3;

    private static readonly TimeSpan _window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    private int _images;
    private long _windowStart;
    private long _windowImages;
    private double _imagesPerSecond;

    /// <summary>Images admitted and not yet answered.</summary>
    public int Images => Volatile.Read(ref _images);

    /// <summary>Counts admitted images.</summary>
    public void Add(int images)
    {
        if (_images == 0)
        {
            // Idle time does not count.
            (_windowStart, _windowImages) = (time.GetTimestamp(), 0);
        }

        _images += images;
    }

    /// <summary>Counts images that were answered or given up.</summary>
    public void Remove(int images)
    {
        _images -= images;
        _windowImages += images;
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_windowStart, now);
        if (elapsed >= _window)
        {
            var measured = _windowImages / elapsed.TotalSeconds;
            _imagesPerSecond = _imagesPerSecond > 0 ? _imagesPerSecond + (NewestWeight * (measured - _imagesPerSecond)) : measured;
            (_windowStart, _windowImages) = (now, 0);
        }
    }

    /// <summary>Time in which images should leave, in whole seconds from 1 to 60; 1 while the rate is unknown.</summary>
    /// <param name="images">Number of images; below 1, the shortest time is returned.</param>
    /// <param name="limit">Highest possible rate, in images per second; infinite when unknown.</param>
    public TimeSpan TimeFor(long images, double limit)
    {
        var rate = _imagesPerSecond > 0 ? Math.Min(_imagesPerSecond, limit) : limit;
        return images > 0 && rate > 0
            ? TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(images / rate), _shortest.TotalSeconds, _longest.TotalSeconds))
            : _shortest;
    }
}
