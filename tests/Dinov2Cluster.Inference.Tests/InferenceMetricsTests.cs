using System.Collections.Concurrent;
using System.Diagnostics;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Inference.Tests;

public sealed class InferenceMetricsTests
{
    [Fact]
    public async Task Every_image_is_counted_once_by_its_outcome()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4, MaxQueueLength = 10 }) { ExpectedErrors = 1 };
        using var images = new MetricCollector<long>(host.Meters, InferenceMetrics.MeterName, "dinov2.images");
        using var cancel = new CancellationTokenSource();
        var bad = TestCrops.Create(4);
        host.Session.Choke = bad;
        var running = await host.OccupyAsync();
        var tasks = new List<Task>
        {
            running,
            host.EmbedCancelableAsync(TestCrops.Create(2), cancel.Token),
            host.EmbedAsync(TestCrops.Create(3), Deadline.After(host.Time, TimeSpan.FromSeconds(1))),
            host.EmbedAsync(TestCrops.Create(11)),
            host.EmbedAsync(bad),
        };
        await cancel.CancelAsync();
        host.Time.Advance(TimeSpan.FromSeconds(1));
        host.Session.ReleaseOne();
        await host.Session.EnteredAsync();
        host.Session.ReleaseAll();
        await Task.WhenAll(tasks).ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        await host.Engine.DrainAsync(TestContext.Current.CancellationToken);
        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(5)), EmbedStatus.Draining);

        var counted = images.GetMeasurementSnapshot().ToDictionary(measurement => (string)measurement.Tags["outcome"]!, measurement => measurement.Value);

        Assert.Equal(
            new Dictionary<string, long>
            {
                ["ok"] = 1,
                ["cancelled"] = 2,
                ["deadline_exceeded"] = 3,
                ["queue_full"] = 11,
                ["device_failed"] = 4,
                ["draining"] = 5,
            },
            counted);
        Assert.All(images.GetMeasurementSnapshot(), measurement =>
        {
            Assert.Equal("nano", measurement.Tags["model"]);
            Assert.Equal(EngineHost.Device, measurement.Tags["device"]);
        });
    }

    [Fact]
    public async Task Batches_report_their_size_and_times_and_the_queue_its_depth()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }, new CostCurve([1, 2, 4], [1, 1.5, 2]));
        using var sizes = new MetricCollector<int>(host.Meters, InferenceMetrics.MeterName, "dinov2.batch.size");
        using var queued = new MetricCollector<double>(host.Meters, InferenceMetrics.MeterName, "dinov2.queue.duration");
        using var computed = new MetricCollector<double>(host.Meters, InferenceMetrics.MeterName, "dinov2.inference.duration");
        using var depth = new MetricCollector<int>(host.Meters, InferenceMetrics.MeterName, "dinov2.queue.depth");
        using var best = new MetricCollector<int>(host.Meters, InferenceMetrics.MeterName, "dinov2.batch.best");
        using var drain = new MetricCollector<double>(host.Meters, InferenceMetrics.MeterName, "dinov2.queue.drain");
        await host.OccupyAsync();
        var task = host.EmbedAsync(TestCrops.Create(3));
        depth.RecordObservableInstruments();
        best.RecordObservableInstruments();
        drain.RecordObservableInstruments();
        host.Time.Advance(TimeSpan.FromSeconds(2));
        host.Session.ReleaseAll();
        await task.OkAsync();
        await host.Engine.DrainAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 3], sizes.GetMeasurementSnapshot().Select(measurement => measurement.Value));
        Assert.Equal([0, 2], queued.GetMeasurementSnapshot().Select(measurement => measurement.Value));
        Assert.Equal([2, 0], computed.GetMeasurementSnapshot().Select(measurement => measurement.Value));
        Assert.Equal(3, depth.LastMeasurement!.Value);
        Assert.Equal(4, best.LastMeasurement!.Value);
        Assert.Equal(1 + 1.75, drain.LastMeasurement!.Value);
    }

    [Fact]
    public async Task The_device_s_time_capacity_and_load_are_reported()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4, MaxQueueLength = 10 }, new CostCurve([1, 2, 4], [1, 1.5, 2]));
        using var busy = new MetricCollector<double>(host.Meters, InferenceMetrics.MeterName, "dinov2.device.busy");
        using var computing = new MetricCollector<int>(host.Meters, InferenceMetrics.MeterName, "dinov2.images.computing");
        using var capacity = new MetricCollector<double>(host.Meters, InferenceMetrics.MeterName, "dinov2.images.capacity");
        using var limit = new MetricCollector<int>(host.Meters, InferenceMetrics.MeterName, "dinov2.queue.limit");
        var task = await host.OccupyAsync();
        computing.RecordObservableInstruments();
        capacity.RecordObservableInstruments();
        limit.RecordObservableInstruments();
        host.Time.Advance(TimeSpan.FromSeconds(1));
        host.Session.ReleaseAll();
        await task.OkAsync();
        await host.Engine.DrainAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, busy.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        Assert.Equal((1, 2d, 10), (computing.LastMeasurement!.Value, capacity.LastMeasurement!.Value, limit.LastMeasurement!.Value));
        Assert.Equal("nano", busy.LastMeasurement!.Tags["model"]);
    }

    [Fact]
    public async Task A_batch_is_a_span_linked_to_the_requests_in_it()
    {
        using var requests = new ActivitySource("test.requests");
        var batches = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is InferenceMetrics.MeterName or "test.requests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = batches.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        ActivityContext request;
        await using (var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }))
        {
            Task<EmbedReply> task;
            using (var activity = requests.StartActivity("request"))
            {
                request = activity!.Context;
                task = host.EmbedAsync(TestCrops.Create(2));
            }

            await task.OkAsync();
        }

        var batch = Assert.Single(batches, activity => activity.Links.Any(link => link.Context == request));
        Assert.Equal("dinov2.batch", batch.OperationName);
        Assert.Equal(2, batch.GetTagItem("dinov2.batch.size"));
        Assert.Equal("nano", batch.GetTagItem("model"));
    }
}
