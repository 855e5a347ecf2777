using System.Diagnostics;
using Dinov2Cluster.Inference.Batching;

namespace Dinov2Cluster.Inference;

/// <summary>What one model on one device reports.</summary>
internal sealed class DeviceMetrics(InferenceMetrics metrics, string model, string device) : IDisposable
{
    private readonly KeyValuePair<string, object?> _model = new("model", model);
    private readonly KeyValuePair<string, object?> _device = new("device", device);

    public string Model => model;

    public string Device => device;

    public KeyValuePair<string, object?>[] Tags => [_model, _device];

    public void Observe(DynamicBatcher batcher) => metrics.Observe(this, batcher);

    public void JobStarted(double queueSeconds) => metrics.QueueDuration.Record(queueSeconds, _model, _device);

    public void BatchCompleted(int images, double seconds)
    {
        metrics.BatchSize.Record(images, _model, _device);
        metrics.InferenceDuration.Record(seconds, _model, _device);
    }

    public void DeviceSpent(double seconds) => metrics.Busy.Add(seconds, _model, _device);

    public void JobSucceeded(int images) => CountImages(images, "ok");

    public void JobCancelled(int images) => CountImages(images, "cancelled");

    public void JobFailed(int images, InferenceErrorKind kind) => CountImages(images, kind switch
    {
        InferenceErrorKind.QueueFull => "queue_full",
        InferenceErrorKind.DeadlineExceeded => "deadline_exceeded",
        InferenceErrorKind.DeviceFailed => "device_failed",
        InferenceErrorKind.Draining => "draining",
        _ => throw new UnreachableException(),
    });

    public void Dispose() => metrics.Forget(this);

    private void CountImages(int images, string outcome) => metrics.Images.Add(images, _model, _device, new("outcome", outcome));
}
