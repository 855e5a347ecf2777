using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;
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

/// <summary>The room of a model's devices now.</summary>
/// <param name="Images">Images that this gateway may have in flight there, after those of other gateways.</param>
/// <param name="ImagesPerSecond">Best rate of all devices together; 0 when none is available.</param>
internal readonly record struct DeviceRoom(long Images, double ImagesPerSecond)
{
    /// <summary>
    /// Best batches that keep a device busy: it computes one while the other fills. Images are in flight from their admission, so the second batch
    /// includes those that are still being decoded or sent. That takes less time than a batch, so the second one is full when the first is done. A
    /// third one would only wait: with two, a saturated device answers within two batch times, the worst case at 90 % load too (an image that just
    /// misses a batch).
    /// </summary>
    public const int BatchesToSaturate = 2;

    /// <summary>Adds up the devices that are not quarantined.</summary>
    public static DeviceRoom Of(ImmutableArray<DeviceState> devices, AdmissionOptions options)
    {
        var images = 0L;
        var imagesPerSecond = 0d;
        foreach (var device in devices)
        {
            if (device.IsAvailable)
            {
                var costs = device.Costs;
                images += Left(costs, device.OtherImages, options);
                imagesPerSecond += costs.ImagesPerSecond;
            }
        }

        return new(images, imagesPerSecond);
    }

    /// <summary>Images of this gateway that a device has room for, besides those of the others. An overfull device takes no room from another one.</summary>
    public static int Left(CostCurve costs, int otherImages, AdmissionOptions options) =>
        Math.Max(0, Capacity(costs, options) - otherImages);

    /// <summary>Most images that all gateways together should have in flight at a device.</summary>
    public static int Capacity(CostCurve costs, AdmissionOptions options)
    {
        var inTime = Math.Min(costs.ImagesPerSecond * options.MaxQueueTime.TotalSeconds, options.MaxImagesPerDevice);
        return Math.Min(options.MaxImagesPerDevice, Math.Max(BatchesToSaturate * costs.BestBatch, (int)inTime));
    }
}
