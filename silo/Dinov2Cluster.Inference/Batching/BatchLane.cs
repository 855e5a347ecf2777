using System.Diagnostics;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>One batch in flight at a time: takes it from the queue, copies it in, runs it, copies it out. Only its thread uses the lane's buffers.</summary>
internal sealed class BatchLane(
    IModelLane lane, ModelSignature signature, JobQueue queue, CostProfile costs, TimeProvider time, DeviceMetrics metrics, ILogger logger, CancellationToken abort)
{
    private static readonly ActivitySource _activities = new(InferenceMetrics.MeterName);

    private readonly List<JobSlice> _batch = [];
    private int _onDevice;

    /// <summary>Serves until the queue has ended.</summary>
    public void Loop()
    {
        while (queue.TakeBatch(_batch))
        {
            _onDevice = _batch.Sum(slice => slice.Count);
            var images = CopyCrops();
            var started = time.GetTimestamp();
            try
            {
                if (images > 0)
                {
                    Compute(images, started);
                }
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                _batch.ForEach(slice => queue.Fail(slice.Job, EmbedStatus.Draining));
            }
            catch (Exception exception)
            {
                InferenceLog.BatchFailed(logger, exception, metrics.Model, metrics.Device, images);
                RunEachAlone();
            }

            LeaveDevice(started, time.GetTimestamp());
            _batch.Clear();
        }
    }

    /// <summary>
    /// Copies the batch into the lane's slots, without gaps for canceled jobs; returns the number of images. Not earlier, while the batch waits: 32
    /// crops take only a tenth of a millisecond.
    /// </summary>
    private int CopyCrops()
    {
        var images = 0;
        var kept = 0;
        for (var next = 0; next < _batch.Count; next++)
        {
            var slice = _batch[next];
            var crops = slice.Job.Crops.Span.Slice(slice.First * signature.CropBytes, slice.Count * signature.CropBytes);
            for (var i = 0; i < slice.Count; i++)
            {
                crops.Slice(i * signature.CropBytes, signature.CropBytes).CopyTo(lane.Input(images + i));
            }

            if (queue.Release(slice.Job))
            {
                images += slice.Count;
                _batch[kept++] = slice;
            }
        }

        _batch.RemoveRange(kept, _batch.Count - kept);
        return images;
    }

    private void Compute(int images, long started)
    {
        using var activity = StartActivity(images);
        foreach (var (job, _, _) in _batch)
        {
            // Nothing after the run may throw: rows that were counted must not be computed again.
            job.Features(signature.FeaturesOf(job.Output));
            if (job.TryStart(started))
            {
                metrics.JobStarted(time.GetElapsedTime(job.EnqueuedAt, started).TotalSeconds);
            }
        }

        lane.Run(images, abort);
        var ended = time.GetTimestamp();
        costs.Observe(images, LeaveDevice(started, ended), ended);
        metrics.BatchCompleted(images, time.GetElapsedTime(started, ended).TotalSeconds);

        var slot = 0;
        foreach (var slice in _batch)
        {
            for (var i = 0; i < slice.Count; i++)
            {
                CopyFeatures(slice.Job, slice.First + i, slot++);
            }

            queue.Complete(slice, ended);
        }
    }

    /// <summary>One span per batch, linked to the requests whose images are in it: a batch has many parents. Null, at no cost, without a listener.</summary>
    private Activity? StartActivity(int images)
    {
        if (!_activities.HasListeners())
        {
            return null;
        }

        var links = _batch.Select(slice => slice.Job.Parent).Where(parent => parent != default).Distinct().Select(parent => new ActivityLink(parent));
        var activity = _activities.StartActivity("dinov2.batch", ActivityKind.Internal, parentContext: default, links: links);
        return activity?.SetTag("model", metrics.Model).SetTag("device", metrics.Device).SetTag("dinov2.batch.size", images);
    }

    private double LeaveDevice(long started, long ended)
    {
        if (_onDevice == 0)
        {
            return 0;
        }

        var images = _onDevice;
        _onDevice = 0;
        var seconds = queue.EndBatch(images, started, ended);
        metrics.DeviceSpent(seconds);
        return seconds;
    }

    /// <summary>After a failed batch, tries each image once more alone: an image that the model can't compute fails alone, and a passing fault fails none.</summary>
    private void RunEachAlone()
    {
        var slot = 0;
        var failed = 0;
        Exception? last = null;
        foreach (var (job, first, count) in _batch)
        {
            for (var i = 0; i < count; i++, slot++)
            {
                if (RunAlone(new JobSlice(job, first + i, 1), slot) is { } failure)
                {
                    failed++;
                    last = failure;
                }
            }
        }

        if (last is not null)
        {
            InferenceLog.ImagesFailed(logger, last, metrics.Model, metrics.Device, failed, slot);
        }
    }

    private Exception? RunAlone(JobSlice image, int slot)
    {
        var job = image.Job;
        if (job.Task.IsCompleted)
        {
            return null;
        }

        if (job.Deadline.HasPassed(time.GetTimestamp()))
        {
            queue.Fail(job, EmbedStatus.DeadlineExceeded);
            return null;
        }

        try
        {
            // Slots before this one were tried already, so the first is free.
            lane.Input(slot).CopyTo(lane.Input(0));
            lane.Run(1, abort);
            CopyFeatures(job, image.First, slot: 0);
            queue.Complete(image, time.GetTimestamp());
            return null;
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            queue.Fail(job, EmbedStatus.Draining);
            return null;
        }
        catch (Exception exception)
        {
            queue.Fail(job, EmbedStatus.DeviceFailed);
            return exception;
        }
    }

    private void CopyFeatures(EmbeddingJob job, int row, int slot)
    {
        var size = signature.FeaturesOf(job.Output);
        var features = job.Features(size).AsSpan(row * size, size);
        if (job.Output == Output.PatchTokens)
        {
            lane.PatchTokens(slot).CopyTo(features);
            return;
        }

        lane.Output(slot).CopyTo(features);
        if (job.Output == Output.ClsMean)
        {
            lane.PatchMean(slot).CopyTo(features[signature.EmbeddingSize..]);
        }
    }
}
