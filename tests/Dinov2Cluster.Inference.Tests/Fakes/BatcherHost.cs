using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Testing;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>A batcher over a fake session and fake time. An error in the log that the test did not expect fails it.</summary>
internal sealed class BatcherHost : IAsyncDisposable
{
    public const string Device = "fake:0";

    private readonly TestMeterFactory _meters = new();
    private readonly InferenceMetrics _metrics;

    /// <param name="options">How it forms batches.</param>
    /// <param name="curve">What the warm-up found; unless given, a batch costs nothing, so the largest is the best.</param>
    /// <param name="lanes">Batches in flight.</param>
    /// <param name="patchTokens">Patch tokens that the model gives.</param>
    public BatcherHost(BatchingOptions options, CostCurve? curve = null, int lanes = 1, int patchTokens = 0)
    {
        Session = new FakeSession(options.MaxBatchSize, lanes, patchTokens: patchTokens);
        _metrics = new InferenceMetrics(_meters);
        curve ??= options.MaxBatchSize == 1 ? new CostCurve([1], [0]) : new CostCurve([1, options.MaxBatchSize], [0, 0]);
        Batcher = new DynamicBatcher(Session, new CostProfile(curve, Time), options, Time, _metrics.ForDevice("nano", Device), Logger);
    }

    public FakeSession Session { get; }

    public TestClock Time { get; } = new();

    public FakeLogger Logger { get; } = new();

    public TestMeterFactory Meters => _meters;

    public DynamicBatcher Batcher { get; }

    public int ExpectedErrors { get; set; }

    public Task<EmbeddingResult> EmbedAsync(
        byte[] crops, Deadline deadline = default, Priority priority = Priority.Interactive, Output output = Output.Cls) =>
        Batcher.EmbedAsync(crops, crops.Length / TestCrops.Bytes, priority, output, deadline, TestContext.Current.CancellationToken);

    public Task<EmbeddingResult> EmbedCancellableAsync(byte[] crops, CancellationToken cancellationToken) =>
        Batcher.EmbedAsync(crops, crops.Length / TestCrops.Bytes, Priority.Interactive, Output.Cls, Deadline.None, cancellationToken);

    /// <summary>Occupies the device: its batch of one is running, held, when this returns.</summary>
    public async Task<Task<EmbeddingResult>> OccupyAsync()
    {
        Session.Hold();
        var task = EmbedAsync(TestCrops.Create(1));
        await Session.EnteredAsync();
        return task;
    }

    public async ValueTask DisposeAsync()
    {
        Session.ReleaseAll();
        await Batcher.DisposeAsync();
        _metrics.Dispose();
        _meters.Dispose();
        Assert.Equal(ExpectedErrors, Logger.Collector.GetSnapshot().Count(record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Error));
    }
}
