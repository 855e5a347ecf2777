using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// The cost curve of one model on one device, refined with every batch. A read is one volatile read; an observation takes a lock that only the
/// device's own threads use.
/// <para>
/// The time of a batch is compared with what the warm-up measured for its size. The estimates of the two sizes around it move towards that ratio quickly,
/// all others slowly: a slow-down mostly affects every size (a hot GPU, a busy neighbor), and a size that was slow once would otherwise never
/// be used, and so never be measured, again.
/// </para>
/// </summary>
internal sealed class CostProfile
{
    private const double Weight = 0.2;
    private const double DistantWeight = Weight / 16;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly (double Last, double BeforeLast)[] _ratios;
    private CostCurve _warmUp;
    private double[] _estimates;
    private volatile CostCurve _curve;
    private long _observedAt;

    public CostProfile(CostCurve warmUp, TimeProvider time)
    {
        _warmUp = warmUp;
        _time = time;
        _curve = warmUp;
        _estimates = [.. warmUp.MeasuredSizes.Select(warmUp.Seconds)];
        _ratios = new (double, double)[_estimates.Length];
        Array.Fill(_ratios, (1, 1));
        _observedAt = time.GetTimestamp();
    }

    public CostCurve Curve => _curve;

    /// <summary>Time since the last batch was observed, or the warm-up ended.</summary>
    public TimeSpan Age(long now) => _time.GetElapsedTime(Volatile.Read(ref _observedAt), now);

    /// <summary>A batch took <paramref name="seconds"/>.</summary>
    public void Observe(int batch, double seconds, long now)
    {
        lock (_lock)
        {
            Volatile.Write(ref _observedAt, now);
            if (batch > _warmUp.MaxBatch)
            {
                // It was in flight when its size was given up.
                return;
            }

            var sizes = _warmUp.MeasuredSizes;
            var (below, above, position) = Locate(sizes, batch);
            var ratio = WithoutOutlier(position < 0.5 ? below : above, seconds / _warmUp.Seconds(batch));
            for (var i = 0; i < _estimates.Length; i++)
            {
                var near = i == below ? 1 - position : i == above ? position : 0;
                var target = _warmUp.Seconds(sizes[i]) * ratio;
                _estimates[i] += Math.Max(Weight * near, DistantWeight) * (target - _estimates[i]);
            }

            _curve = new CostCurve(sizes, _estimates);
        }
    }

    /// <summary>Gives up batches of <paramref name="size"/> images and more.</summary>
    /// <param name="size">Images, at least 2.</param>
    public void Limit(int size)
    {
        lock (_lock)
        {
            _warmUp = _warmUp.Below(size);
            _estimates = _estimates[.._warmUp.MeasuredSizes.Length];
            _curve = new CostCurve(_warmUp.MeasuredSizes, _estimates);
        }
    }

    /// <summary>The measured sizes around <paramref name="batch"/>, and its position from the first (0) to the second (1).</summary>
    private static (int Below, int Above, double Position) Locate(int[] sizes, int batch)
    {
        var found = Array.BinarySearch(sizes, batch);
        return found >= 0 ? (found, found, 0) : (~found - 1, ~found, (batch - sizes[~found - 1]) / (double)(sizes[~found] - sizes[~found - 1]));
    }

    /// <summary>The median of the last three ratios near one size: one odd batch (a pause of the process, a page fault) changes nothing.</summary>
    private double WithoutOutlier(int size, double ratio)
    {
        var (last, beforeLast) = _ratios[size];
        _ratios[size] = (ratio, last);
        return Math.Max(Math.Min(ratio, last), Math.Min(Math.Max(ratio, last), beforeLast));
    }
}

/// <summary>
/// The device's time that the batches in flight take. Two batches overlap so that the copies of one hide behind the computation of the other; the device
/// still computes them one after the other. So a batch costs the time since the end of the batch before it, not since its own start.
/// </summary>
internal sealed class DeviceClock(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _freeAt;
    private long _lastEnd;
    private int _inFlight;

    /// <summary>Batches that the device has not finished.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>When the device is predicted to finish its batches; now, when it has none or is late.</summary>
    public long FreeAt(long now)
    {
        lock (_lock)
        {
            return _inFlight == 0 ? now : Math.Max(now, _freeAt);
        }
    }

    /// <summary>A batch begins that should take <paramref name="seconds"/>.</summary>
    public void Begin(long now, double seconds)
    {
        lock (_lock)
        {
            _freeAt = Ahead(_inFlight == 0 ? now : Math.Max(now, _freeAt), seconds);
            _inFlight++;
        }
    }

    /// <summary>A batch has ended, successfully or not.</summary>
    /// <returns>Seconds of the device's time that it took.</returns>
    public double End(long started, long ended)
    {
        lock (_lock)
        {
            var seconds = time.GetElapsedTime(Math.Max(started, _lastEnd), ended).TotalSeconds;
            _lastEnd = ended;
            _inFlight--;
            return seconds;
        }
    }

    /// <summary>The timestamp <paramref name="seconds"/> after <paramref name="timestamp"/>.</summary>
    public long Ahead(long timestamp, double seconds) => timestamp + (long)(seconds * time.TimestampFrequency);
}
