using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Telemetry;

/// <summary>Instruments of the meter <c>Dinov2Cluster.Inference</c>. Every measurement carries the tags <c>model</c> and <c>device</c>.</summary>
public sealed class InferenceMetrics : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string MeterName = "Dinov2Cluster.Inference";

    // A nano batch takes less than a millisecond, a giant batch on a CPU a minute.
    private static readonly InstrumentAdvice<double> _secondsAdvice = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private static readonly InstrumentAdvice<int> _batchSizeAdvice = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] };

    private readonly Meter _meter;
    private readonly ConcurrentDictionary<DeviceMetrics, IDeviceLoad> _devices = new();

    /// <summary>Creates the instruments.</summary>
    public InferenceMetrics(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);

        _meter = meterFactory.Create(MeterName);
        QueueDuration = _meter.CreateHistogram("dinov2.queue.duration", "s", "Time from a job's arrival until the device began its first batch.", tags: null, _secondsAdvice);
        InferenceDuration = _meter.CreateHistogram("dinov2.inference.duration", "s", "Time that the device took for one batch.", tags: null, _secondsAdvice);
        BatchSize = _meter.CreateHistogram("dinov2.batch.size", "{image}", "Images in one batch.", tags: null, _batchSizeAdvice);
        Images = _meter.CreateCounter<long>("dinov2.images", "{image}", "Images answered, by outcome.");
        Busy = _meter.CreateCounter<double>("dinov2.device.busy", "s", "Time that the device spent on batches, failed ones too; overlapping batches count once. A rate of 1 is a device that never rests.");
        Observe("dinov2.images.computing", "{image}", "Images that the device computes.", device => device.Computing);
        Observe("dinov2.images.capacity", "{image}/s", "Images per second that the device does in best batches, as measured.", device => device.Costs.ImagesPerSecond);
        Observe("dinov2.queue.limit", "{image}", "Most images that may wait for the device.", device => device.QueueLimit);
        Observe("dinov2.queue.depth", "{image}", "Images that wait for the device.", device => device.QueueDepth);
        Observe("dinov2.queue.drain", "s", "Predicted time until the device has done what it has.", device => device.PredictDrain().TotalSeconds);
        Observe("dinov2.batch.best", "{image}", "Images in the batch that gives the most images per second.", device => device.Costs.BestBatch);
    }

    internal Histogram<double> QueueDuration { get; }

    internal Histogram<double> InferenceDuration { get; }

    internal Histogram<int> BatchSize { get; }

    internal Counter<long> Images { get; }

    internal Counter<double> Busy { get; }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>The instruments of one model on one device.</summary>
    internal DeviceMetrics ForDevice(string model, string device) => new(this, model, device);

    internal void Observe(DeviceMetrics device, IDeviceLoad load) => _devices[device] = load;

    internal void Forget(DeviceMetrics device) => _devices.TryRemove(device, out _);

    private void Observe<T>(string name, string unit, string description, Func<IDeviceLoad, T> read)
        where T : struct =>
        _meter.CreateObservableGauge(name, () => _devices.Select(device => new Measurement<T>(read(device.Value), device.Key.Tags)), unit, description);
}

/// <summary>What the gauges read of one model on one device.</summary>
internal interface IDeviceLoad
{
    int QueueDepth { get; }

    int QueueLimit { get; }

    int Computing { get; }

    CostCurve Costs { get; }

    TimeSpan PredictDrain();
}

/// <summary>What one model on one device reports.</summary>
internal sealed class DeviceMetrics(InferenceMetrics metrics, string model, string device) : IDisposable
{
    private readonly KeyValuePair<string, object?> _model = new("model", model);
    private readonly KeyValuePair<string, object?> _device = new("device", device);

    public string Model => model;

    public string Device => device;

    public KeyValuePair<string, object?>[] Tags => [_model, _device];

    /// <summary>Shows the device in the gauges until this is disposed.</summary>
    public void Observe(IDeviceLoad load) => metrics.Observe(this, load);

    public void JobStarted(double queueSeconds) => metrics.QueueDuration.Record(queueSeconds, _model, _device);

    public void BatchCompleted(int images, double seconds)
    {
        metrics.BatchSize.Record(images, _model, _device);
        metrics.InferenceDuration.Record(seconds, _model, _device);
    }

    public void DeviceSpent(double seconds) => metrics.Busy.Add(seconds, _model, _device);

    public void JobCanceled(int images) => CountImages(images, "cancelled");

    public void JobAnswered(int images, EmbedStatus status) => CountImages(images, status switch
    {
        EmbedStatus.Ok => "ok",
        EmbedStatus.QueueFull => "queue_full",
        EmbedStatus.DeadlineExceeded => "deadline_exceeded",
        EmbedStatus.DeviceFailed => "device_failed",
        EmbedStatus.Draining => "draining",
        _ => throw new UnreachableException(),
    });

    public void Dispose() => metrics.Forget(this);

    private void CountImages(int images, string outcome) => metrics.Images.Add(images, _model, _device, new("outcome", outcome));
}
