using System.Diagnostics;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>One span per batch, linked to the requests whose images are in it: a batch has many parents.</summary>
internal static class BatchActivity
{
    private static readonly ActivitySource Source = new(InferenceMetrics.MeterName);

    /// <summary>Starts the span; null, at no cost, when nobody listens.</summary>
    public static Activity? Start(DeviceMetrics device, List<JobSlice> batch, int images)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var links = batch.Select(slice => slice.Job.Parent).Where(parent => parent != default).Distinct().Select(parent => new ActivityLink(parent));
        var activity = Source.StartActivity("dinov2.batch", ActivityKind.Internal, parentContext: default, links: links);
        return activity?.SetTag("model", device.Model).SetTag("device", device.Device).SetTag("dinov2.batch.size", images);
    }
}
