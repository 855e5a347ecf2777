using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Inference.Tests.Sessions;
using Dinov2Cluster.Model;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dinov2Cluster.Inference.Tests;

public sealed class InferenceEngineTests : IDisposable
{
    private readonly TestMeterFactory _meters = new();
    private readonly TestModels _models = new();
    private readonly InferenceMetrics _metrics;
    private readonly InferenceEngineFactory _factory;

    public InferenceEngineTests()
    {
        _metrics = new InferenceMetrics(_meters);
        _factory = new InferenceEngineFactory(_metrics, TimeProvider.System, NullLoggerFactory.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _models.Dispose();
        _metrics.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task A_model_on_a_cpu_serves_until_it_is_drained()
    {
        await using var engine = await _factory.CreateAsync("tiny", _models.Compiled("N"), null, new DeviceOptions { Threads = 1 }, new BatchingOptions { MaxBatchSize = 4 }, Token);
        Assert.Equal("tiny/cpu:0", engine.Name);
        Assert.Equal((TestModels.Size, 3, 48), (engine.ImageSize, engine.EmbeddingSize, engine.CropBytes));
        Assert.InRange(engine.MaxBatchSize, 1, 4);
        Assert.Equal(engine.MaxBatchSize, engine.BestBatch);
        var crops = new byte[9 * engine.CropBytes];
        for (var i = 0; i < 9; i++)
        {
            crops.AsSpan(i * engine.CropBytes, engine.CropBytes).Fill((byte)(i + 1));
        }

        var result = await engine.EmbedAsync(crops, 9, Priority.Interactive, Output.Cls, Deadline.None, Token);

        Assert.Equal(Enumerable.Range(1, 9).SelectMany(i => Enumerable.Repeat((float)i, 3)), result.Features);
        await engine.DrainAsync(Token);
        await Replies.AssertRefusedAsync(engine.EmbedAsync(crops, 9, Priority.Interactive, Output.Cls, Deadline.None, Token), EmbedStatus.Draining);
    }

    [Fact]
    public async Task A_fixed_batch_of_the_model_limits_the_batcher()
    {
        await using var engine = await _factory.CreateAsync("tiny", _models.Compiled(2), null, new DeviceOptions { Threads = 1 }, new BatchingOptions { MaxBatchSize = 4 }, Token);
        Assert.Equal(2, engine.MaxBatchSize);

        var result = await engine.EmbedAsync(new byte[5 * engine.CropBytes], 5, Priority.Interactive, Output.Cls, Deadline.None, Token);

        Assert.Equal(15, result.Features.Length);
    }

    [Fact]
    public async Task An_engine_s_largest_batch_comes_from_what_the_warm_up_measured()
    {
        var time = new TestClock { PassesUpTo = TimeSpan.FromMinutes(1) };
        var factory = new InferenceEngineFactory(_metrics, time, NullLoggerFactory.Instance);
        await using var gpu = await factory.CreateAsync("any", "", null, Simulated(8, 1.5), new BatchingOptions(), Token);
        await using var cpu = await factory.CreateAsync("any", "", null, Simulated(0, 60), new BatchingOptions(), Token);

        Assert.Equal((32, 32), (gpu.BestBatch, gpu.MaxBatchSize));
        Assert.Equal((1, 1), (cpu.BestBatch, cpu.MaxBatchSize));
        Assert.Equal(0.056, gpu.Costs.Seconds(32), 9);
        Assert.Equal(TimeSpan.Zero, gpu.PredictDrain());

        static DeviceOptions Simulated(double milliseconds, double perImage) => new()
        {
            Kind = DeviceKind.Simulated,
            Simulated = new() { BaseLatency = TimeSpan.FromMilliseconds(milliseconds), LatencyPerImage = TimeSpan.FromMilliseconds(perImage), ImageSize = 4 },
        };
    }

    [Fact]
    public async Task A_simulated_device_needs_no_model_file()
    {
        var device = new DeviceOptions { Kind = DeviceKind.Simulated, Simulated = new() { BaseLatency = TimeSpan.Zero, LatencyPerImage = TimeSpan.Zero, EmbeddingSize = 7, ImageSize = 4 } };
        await using var engine = await _factory.CreateAsync("any", "nowhere/model.onnx", null, device, new BatchingOptions(), Token);
        var crop = new byte[engine.CropBytes];
        crop[5] = 5;
        var expected = new float[7];
        SimulatedFeatures.Compute(crop, expected);

        Assert.Equal(expected, (await engine.EmbedAsync(crop, 1, Priority.Interactive, Output.Cls, Deadline.None, Token)).Features);
    }

    [Fact]
    public async Task A_load_that_was_canceled_or_that_fails_gives_no_engine()
    {
        var device = new DeviceOptions { Threads = 1 };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _factory.CreateAsync("tiny", _models.Compiled("N"), null, device, new(), new CancellationToken(canceled: true)));
        await Assert.ThrowsAsync<ModelException>(() => _factory.CreateAsync("tiny", _models.Write([0]), null, device, new(), Token));
    }

    [Fact]
    public async Task A_model_that_fails_in_its_warm_up_is_one_line_with_the_model_and_the_device()
    {
        var error = await Assert.ThrowsAsync<ModelException>(() => _factory.CreateAsync("tiny", _models.Fragile(200), null, new DeviceOptions { Threads = 1 }, new(), Token));

        Assert.StartsWith("tiny can't be warmed up on cpu:0: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("indices element out of data bounds", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_disposed_engine_has_disposed_its_session_once()
    {
        var host = new EngineHost(new BatchingOptions());

        await host.Engine.DisposeAsync();
        await host.Engine.DisposeAsync();

        Assert.True(host.Session.Disposed);
        Assert.Single(host.Logger.Collector.GetSnapshot(), record => record.Id.Id == 4002);
    }
}
