using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Dinov2Cluster.Inference.Batching;

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
    private readonly ConcurrentDictionary<DeviceMetrics, DynamicBatcher> _batchers = new();

    /// <summary>Creates the instruments.</summary>
    public InferenceMetrics(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);

        _meter = meterFactory.Create(MeterName);
        QueueDuration = _meter.CreateHistogram("dinov2.queue.duration", "s", "Time from a job's arrival until the device began its first batch.", tags: null, SecondsAdvice);
        InferenceDuration = _meter.CreateHistogram("dinov2.inference.duration", "s", "Time that the device took for one batch.", tags: null, SecondsAdvice);
        BatchSize = _meter.CreateHistogram("dinov2.batch.size", "{image}", "Images in one batch.", tags: null, BatchSizeAdvice);
        Images = _meter.CreateCounter<long>("dinov2.images", "{image}", "Images answered, by outcome.");
        Busy = _meter.CreateCounter<double>("dinov2.device.busy", "s", "Time that the device spent on batches, failed ones too; overlapping batches count once. A rate of 1 is a device that never rests.");
        _meter.CreateObservableGauge("dinov2.images.computing", () => ObserveBatchers(batcher => batcher.Computing), "{image}", "Images that the device computes.");
        _meter.CreateObservableGauge("dinov2.images.capacity", () => ObserveBatchers(batcher => batcher.Costs.ImagesPerSecond(batcher.Costs.BestBatch)), "{image}/s", "Images per second that the device does in best batches, as measured.");
        _meter.CreateObservableGauge("dinov2.queue.limit", () => ObserveBatchers(batcher => batcher.QueueLimit), "{image}", "Most images that may wait for the device.");
        _meter.CreateObservableGauge("dinov2.queue.depth", () => ObserveBatchers(batcher => batcher.QueueDepth), "{image}", "Images that wait for the device.");
        _meter.CreateObservableGauge("dinov2.queue.drain", () => ObserveBatchers(batcher => batcher.PredictDrain().TotalSeconds), "s", "Predicted time until the device has done what it has.");
        _meter.CreateObservableGauge("dinov2.batch.best", () => ObserveBatchers(batcher => batcher.Costs.BestBatch), "{image}", "Images in the batch that gives the most images per second.");
    }

    internal Histogram<double> QueueDuration { get; }

    internal Histogram<double> InferenceDuration { get; }

    internal Histogram<int> BatchSize { get; }

    internal Counter<long> Images { get; }

    internal Counter<double> Busy { get; }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>The instruments of one model on one device; the batcher shows in the gauges until it is disposed.</summary>
    internal DeviceMetrics ForDevice(string model, string device) => new(this, model, device);

    internal void Observe(DeviceMetrics device, DynamicBatcher batcher) => _batchers[device] = batcher;

    internal void Forget(DeviceMetrics device) => _batchers.TryRemove(device, out _);

    private IEnumerable<Measurement<T>> ObserveBatchers<T>(Func<DynamicBatcher, T> read)
        where T : struct => _batchers.Select(batcher => new Measurement<T>(read(batcher.Value), batcher.Key.Tags));
}
