using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Dinov2Cluster.Inference;

/// <summary>Instruments of the meter <c>Dinov2Cluster.Inference</c>. Every measurement carries the tags <c>model</c> and <c>device</c>.</summary>
public sealed class InferenceMetrics : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string MeterName = "Dinov2Cluster.Inference";

    // One nano batch takes under a millisecond, a giant one on a CPU a minute.
    private static readonly InstrumentAdvice<double> SecondsAdvice = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private static readonly InstrumentAdvice<int> BatchSizeAdvice = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] };

    private readonly Meter _meter;
    private readonly ConcurrentDictionary<DeviceMetrics, Func<int>> _queues = new();

    /// <summary>Creates the instruments.</summary>
    public InferenceMetrics(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);

        _meter = meterFactory.Create(MeterName);
        QueueDuration = _meter.CreateHistogram("dinov2.queue.duration", "s", "Time from a job's arrival until the device began its first batch.", tags: null, SecondsAdvice);
        InferenceDuration = _meter.CreateHistogram("dinov2.inference.duration", "s", "Time that the device took for one batch.", tags: null, SecondsAdvice);
        BatchSize = _meter.CreateHistogram("dinov2.batch.size", "{image}", "Images in one batch.", tags: null, BatchSizeAdvice);
        Images = _meter.CreateCounter<long>("dinov2.images", "{image}", "Images answered, by outcome.");
        _meter.CreateObservableGauge("dinov2.queue.depth", ObserveQueues, "{image}", "Images that wait for the device.");
    }

    internal Histogram<double> QueueDuration { get; }

    internal Histogram<double> InferenceDuration { get; }

    internal Histogram<int> BatchSize { get; }

    internal Counter<long> Images { get; }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>The instruments of one model on one device; the queue shows in the gauge until it is disposed.</summary>
    internal DeviceMetrics ForDevice(string model, string device) => new(this, model, device);

    internal void ObserveQueue(DeviceMetrics device, Func<int> depth) => _queues[device] = depth;

    internal void ForgetQueue(DeviceMetrics device) => _queues.TryRemove(device, out _);

    private IEnumerable<Measurement<int>> ObserveQueues() => _queues.Select(queue => new Measurement<int>(queue.Value(), queue.Key.Tags));
}
