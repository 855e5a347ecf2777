using System.Diagnostics;
using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Telemetry;

public sealed class GatewayMetricsTests
{
    [Fact]
    public async Task Requests_images_failures_and_seconds_are_counted()
    {
        await using var host = await GatewayHost.StartAsync();
        using var requests = Collect<long>(host, "dinov2.gateway.requests");
        using var failures = Collect<long>(host, "dinov2.gateway.failures");
        using var images = Collect<long>(host, "dinov2.gateway.images");
        using var durations = Collect<double>(host, "dinov2.gateway.request.duration");
        using var preprocess = Collect<double>(host, "dinov2.gateway.preprocess.duration");
        using var queue = Collect<double>(host, "dinov2.gateway.queue.duration");
        using var inference = Collect<double>(host, "dinov2.gateway.inference.duration");

        using var good = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1), TestImage.Base64(2)));
        using var badImage = await host.ScoreAsync(ScoreJson.Split("aGVsbG8="));
        using var badRequest = await host.ScoreAsync("{");
        await Task.WhenAll(requests.WaitForMeasurementsAsync(3, TestContext.Current.CancellationToken), durations.WaitForMeasurementsAsync(3, TestContext.Current.CancellationToken));
        await failures.WaitForMeasurementsAsync(2, TestContext.Current.CancellationToken);

        Assert.All(requests.GetMeasurementSnapshot(), request => Assert.Equal("score", request.Tags["protocol"]));
        Assert.Equal(["bad_image", "bad_request"], failures.GetMeasurementSnapshot().Select(failure => failure.Tags["reason"]).Order());
        var counted = Assert.Single(images.GetMeasurementSnapshot());
        Assert.Equal((2, "tiny"), (counted.Value, counted.Tags["model"]));
        Assert.Equal(2, preprocess.GetMeasurementSnapshot().Count);
        Assert.Equal(0.0015, Assert.Single(queue.GetMeasurementSnapshot()).Value);
        Assert.Equal(0.25, Assert.Single(inference.GetMeasurementSnapshot()).Value);
    }

    [Fact]
    public async Task Images_and_bodies_in_flight_are_observed()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(crops: crops);
        using var images = Collect<int>(host, "dinov2.gateway.images.in_flight");
        using var bodies = Collect<long>(host, "dinov2.gateway.body.in_flight");

        var request = host.ScoreAsync(ScoreJson.Split("wait-a", "wait-b"));
        await Task.WhenAll(crops.Started("wait-a"), crops.Started("wait-b")).WaitAsync(TestContext.Current.CancellationToken);
        images.RecordObservableInstruments();
        bodies.RecordObservableInstruments();
        crops.Release("wait-a");
        crops.Release("wait-b");
        using var response = await request;

        Assert.Equal(2, images.LastMeasurement?.Value);
        Assert.InRange(bodies.LastMeasurement?.Value ?? 0, 1, 1 << 20);
    }

    [Fact]
    public async Task Fetches_and_waits_for_a_decoder_are_timed()
    {
        await using var host = await GatewayHost.StartAsync();
        using var fetches = Collect<double>(host, "dinov2.gateway.fetch.duration");
        using var waits = Collect<double>(host, "dinov2.gateway.decoder_wait.duration");

        // Nothing may be fetched from this machine.
        using var refused = await host.ScoreAsync(ScoreJson.Split("http://127.0.0.1/cat.jpg"));
        using var good = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1), TestImage.Base64(2)));

        Assert.Equal("failed", Assert.Single(fetches.GetMeasurementSnapshot()).Tags["outcome"]);
        Assert.Equal(2, waits.GetMeasurementSnapshot().Count);
    }

    [Fact]
    public async Task Limits_and_what_they_turned_away_are_observed()
    {
        var crops = new GatedCropReader();
        await using var host = await GatewayHost.StartAsync(
            new()
            {
                ["Admission:MaxImages"] = "4",
                ["Admission:MaxBodyBytes"] = "100000",
                ["Cache:MaxBytes"] = "12345",
                ["Gateway:MaxImagesPerRequest"] = "4",
                ["Gateway:MaxBodyBytes"] = "20000",
            },
            crops: crops);
        host.Router.DeviceStates = TestDevices.Make(1, bestBatch: 1, bestSeconds: 4);

        var held = host.ScoreAsync(ScoreJson.Split("wait-a", "wait-b"));
        await Task.WhenAll(crops.Started("wait-a"), crops.Started("wait-b")).WaitAsync(TestContext.Current.CancellationToken);
        using var overDevices = await host.ScoreAsync(ScoreJson.Split("c"));
        using var overImages = await host.ScoreAsync(ScoreJson.Split("c", "d", "e"));
        var values = Observe(host);
        crops.Release("wait-a");
        crops.Release("wait-b");
        using var response = await held;

        Assert.Equal(1, values["dinov2.gateway.ready"]);
        Assert.Equal(4, values["dinov2.gateway.images.limit"]);
        Assert.Equal(100_000, values["dinov2.gateway.body.limit"]);
        Assert.Equal(12345, values["dinov2.gateway.cache.limit"]);
        Assert.Equal(2, values["dinov2.gateway.model.images.in_flight{tiny}"]);
        Assert.Equal(0, values["dinov2.gateway.model.images.in_flight{wide}"]);
        Assert.Equal(2, values["dinov2.gateway.model.images.limit{tiny}"]);
        Assert.Equal(1, values["dinov2.gateway.admission.rejected{devices}"]);
        Assert.Equal(1, values["dinov2.gateway.admission.rejected{images}"]);
        Assert.Equal(0, values["dinov2.gateway.admission.rejected{body}"]);
        Assert.True(values["dinov2.gateway.memory.limit"] > 0);
    }

    [Fact]
    public async Task A_body_that_finds_no_memory_is_counted_and_a_gateway_without_a_device_is_not_ready()
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Admission:MaxBodyBytes"] = "100000", ["Gateway:MaxBodyBytes"] = "20000" });
        using var others = host.Services.GetRequiredService<BodyBudget>().Lease();
        Assert.True(others.TryGrow(100_000));

        using var response = await host.ScoreAsync(ScoreJson.Split(new string('A', 400)));
        host.Router.Served.Clear();
        var values = Observe(host);

        Assert.Equal(1, values["dinov2.gateway.admission.rejected{body}"]);
        Assert.Equal(0, values["dinov2.gateway.ready"]);
    }

    [Fact]
    public async Task A_request_leaves_a_trace_with_its_times()
    {
        await using var host = await GatewayHost.StartAsync();
        var ended = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == GatewayMetrics.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            // Other tests' requests are traced too while this listens.
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("dinov2.model") as string == "traced")
                {
                    ended.TrySetResult(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        host.Router.Served["traced"] = host.Router.Served["tiny"] with { Name = "traced" };

        using var response = await host.ScoreAsync(ScoreJson.Split(TestImage.Base64(1)), ("azureml-model-deployment", "traced"));

        var activity = await ended.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, activity.GetTagItem("dinov2.images"));
        Assert.Equal(0.25, activity.GetTagItem("dinov2.inference_seconds"));
    }

    /// <summary>The state's instruments, with the values of their tags.</summary>
    private static Dictionary<string, double> Observe(GatewayHost host)
    {
        var scope = host.Services.GetRequiredService<IMeterFactory>();
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.IsObservable && instrument.Meter.Scope == scope && instrument.Meter.Name == GatewayMetrics.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => values[Key(instrument, tags)] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => values[Key(instrument, tags)] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return values;

        static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            tags.IsEmpty ? instrument.Name : $"{instrument.Name}{{{tags[0].Value}}}";
    }

    private static MetricCollector<T> Collect<T>(GatewayHost host, string instrument)
        where T : struct =>
        new(host.Services.GetRequiredService<IMeterFactory>(), GatewayMetrics.Name, instrument);
}
