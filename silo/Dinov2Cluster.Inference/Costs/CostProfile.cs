namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// The cost curve of one model on one device, refined with every batch. Reading it is one volatile read; observing takes a lock that only the
/// device's own threads meet.
/// <para>
/// A batch's time is compared with what the warm-up measured for its size. The estimates of the sizes beside it move towards that ratio quickly.
/// All the others do so slowly: a slow-down is mostly common to every size (a hot GPU, a busy neighbour), and a size that was slow once would
/// otherwise never be used, so never be measured, again.
/// </para>
/// </summary>
internal sealed class CostProfile
{
    private const double Weight = 0.2;
    private const double DistantWeight = Weight / 16;

    private readonly Lock _gate = new();
    private readonly CostCurve _warmUp;
    private readonly TimeProvider _timeProvider;
    private readonly double[] _estimates;
    private readonly (double Last, double BeforeLast)[] _ratios;
    private volatile CostCurve _curve;
    private long _observedAt;

    public CostProfile(CostCurve warmUp, TimeProvider timeProvider)
    {
        _warmUp = warmUp;
        _timeProvider = timeProvider;
        _curve = warmUp;
        _estimates = [.. warmUp.Sizes.ToArray().Select(warmUp.Seconds)];
        _ratios = new (double, double)[_estimates.Length];
        Array.Fill(_ratios, (1, 1));
        _observedAt = timeProvider.GetTimestamp();
    }

    public CostCurve Curve => _curve;

    /// <summary>How long ago the last batch was observed, or the warm-up ended.</summary>
    public TimeSpan Age(long now) => _timeProvider.GetElapsedTime(Volatile.Read(ref _observedAt), now);

    /// <summary>A batch took so long.</summary>
    public void Observe(int batch, double seconds, long now)
    {
        lock (_gate)
        {
            Volatile.Write(ref _observedAt, now);
            var (below, above, position) = _warmUp.Locate(batch);
            var ratio = WithoutOutlier(position < 0.5 ? below : above, seconds / _warmUp.Seconds(batch));
            for (var i = 0; i < _estimates.Length; i++)
            {
                var near = i == below ? 1 - position : i == above ? position : 0;
                var target = _warmUp.Seconds(_warmUp.Sizes[i]) * ratio;
                _estimates[i] += Math.Max(Weight * near, DistantWeight) * (target - _estimates[i]);
            }

            _curve = new CostCurve(_warmUp.Sizes, _estimates);
        }
    }

    /// <summary>The median of the last three near one size: one odd batch (a pause of the process, a page fault) moves nothing.</summary>
    private double WithoutOutlier(int size, double ratio)
    {
        var (last, beforeLast) = _ratios[size];
        _ratios[size] = (ratio, last);
        return Math.Max(Math.Min(ratio, last), Math.Min(Math.Max(ratio, last), beforeLast));
    }
}
