using System.Diagnostics;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>One batch in flight at a time: takes it from the queue, copies it in, runs it, copies it out. Only its thread uses the lane's buffers.</summary>
internal sealed class BatchLane(
    IModelLane lane,
    ModelSignature signature,
    JobQueue queue,
    CostProfile costs,
    LossDetector loss,
    TimeProvider time,
    DeviceMetrics metrics,
    ILogger logger,
    CancellationToken abort)
{
    private static readonly ActivitySource _activities = new(InferenceMetrics.MeterName);

    private readonly List<JobSlice> _batch = [];
    private int _onDevice;

    /// <summary>Serves until the queue has ended. Nothing but a programming error makes it throw.</summary>
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
                RunAgain(LargestAfter(exception, images));
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

        lane.Run(images, WantedBy(_batch.Select(slice => slice.Job)), abort);
        loss.BatchSucceeded();
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

    /// <summary>The most images to run together after a batch of <paramref name="images"/> failed.</summary>
    private int LargestAfter(Exception exception, int images)
    {
        if (exception is not OutOfDeviceMemoryException || images == 1)
        {
            InferenceLog.BatchFailed(logger, exception, metrics.Model, metrics.Device, images);
            return 1;
        }

        queue.LimitBatches(images);
        var largest = costs.Curve.MaxBatch;
        InferenceLog.OutOfMemory(logger, metrics.Model, metrics.Device, images, largest);
        return largest;
    }

    /// <summary>
    /// Runs the images of a failed batch once more: in smaller batches after it ran out of memory, else each alone. An image that the model can't compute
    /// fails alone, and a passing fault fails none.
    /// </summary>
    private void RunAgain(int largest)
    {
        var rest = RowsOfBatch();
        var (images, computed, failed) = (rest.Count, 0, 0);
        Exception? last = null;
        while (Gather(rest, largest) is > 0 and var count)
        {
            var part = rest[..count];
            try
            {
                lane.Run(count, WantedBy(part.Select(row => row.Image.Job)), abort);
                part.ForEach(row => CopyFeatures(row.Image.Job, row.Image.First, row.Slot));
                part.ForEach(row => queue.Complete(row.Image, time.GetTimestamp()));
                rest.RemoveRange(0, count);
                computed += count;
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                rest.ForEach(row => queue.Fail(row.Image.Job, EmbedStatus.Draining));
                rest.Clear();
            }
            catch (Exception exception) when (count > 1)
            {
                largest = LargestAfter(exception, count);
            }
            catch (Exception exception)
            {
                // Its job may end a moment later, when another lane has copied its images; it is not tried again meanwhile.
                queue.Fail(part[0].Image.Job, EmbedStatus.DeviceFailed);
                rest.RemoveAt(0);
                (last, failed) = (exception, failed + 1);
            }
        }

        if (last is not null)
        {
            InferenceLog.ImagesFailed(logger, last, metrics.Model, metrics.Device, failed, images);
        }

        if (computed > 0)
        {
            loss.BatchSucceeded();
        }
        else if (last is not null)
        {
            loss.BatchFailed(last);
        }
    }

    private List<(JobSlice Image, int Slot)> RowsOfBatch()
    {
        var images = _batch.SelectMany(slice => Enumerable.Range(slice.First, slice.Count).Select(row => new JobSlice(slice.Job, row, 1)));
        return [.. images.Select((image, slot) => (image, slot))];
    }

    /// <summary>Drops the rows that are no longer wanted, and moves the next ones to the first slots, where no other row is left.</summary>
    private int Gather(List<(JobSlice Image, int Slot)> rest, int largest)
    {
        rest.RemoveAll(row => IsOver(row.Image.Job));
        var count = Math.Min(largest, rest.Count);
        for (var slot = 0; slot < count; slot++)
        {
            var (image, from) = rest[slot];
            if (from != slot)
            {
                lane.Input(from).CopyTo(lane.Input(slot));
                rest[slot] = (image, slot);
            }
        }

        return count;
    }

    private bool IsOver(EmbeddingJob job)
    {
        if (!job.Task.IsCompleted && job.Deadline.HasPassed(time.GetTimestamp()))
        {
            queue.Fail(job, EmbedStatus.DeadlineExceeded);
        }

        return job.Task.IsCompleted;
    }

    private static Outputs WantedBy(IEnumerable<EmbeddingJob> jobs) => jobs.Aggregate(Outputs.None, (wanted, job) => wanted | job.Output.Needs());

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
