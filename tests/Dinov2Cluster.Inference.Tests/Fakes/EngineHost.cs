using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Testing;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>An engine over a fake session and fake time. An unexpected error in the log fails the test.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    public const string Device = "simulated:0";

    private readonly TestMeterFactory _meters = new();
    private readonly InferenceMetrics _metrics;

    /// <param name="options">How it forms batches.</param>
    /// <param name="curve">What the warm-up found; unless given, a batch costs nothing, so the largest is the best.</param>
    /// <param name="lanes">Batches in flight.</param>
    /// <param name="patchTokens">Patch tokens that the model gives.</param>
    public EngineHost(BatchingOptions options, CostCurve? curve = null, int lanes = 1, int patchTokens = 0)
    {
        var maxBatchSize = options.MaxBatchSizeOf(DeviceKind.Simulated);
        Session = new FakeSession(maxBatchSize, lanes, patchTokens: patchTokens);
        _metrics = new InferenceMetrics(_meters);
        curve ??= maxBatchSize == 1 ? new CostCurve([1], [0]) : new CostCurve([1, maxBatchSize], [0, 0]);
        var threads = Enumerable.Range(0, lanes).Select(_ => new LaneThread(Device)).ToArray();
        Array.ForEach(threads, thread => thread.Allocate(Session, curve.MaxBatch));
        Engine = new InferenceEngine("nano", new DeviceId(DeviceKind.Simulated, 0), Session, threads, new CostProfile(curve, Time), options, Time, _metrics, Logger);
    }

    public FakeSession Session { get; }

    public TestClock Time { get; } = new();

    public FakeLogger Logger { get; } = new();

    public TestMeterFactory Meters => _meters;

    public InferenceEngine Engine { get; }

    public int ExpectedErrors { get; set; }

    public Task<EmbedReply> EmbedAsync(
        byte[] crops, Deadline deadline = default, Priority priority = Priority.Interactive, Output output = Output.Cls) =>
        Engine.EmbedAsync(crops, crops.Length / TestCrops.Bytes, priority, output, deadline, TestContext.Current.CancellationToken);

    public Task<EmbedReply> EmbedCancelableAsync(byte[] crops, CancellationToken cancellationToken) =>
        Engine.EmbedAsync(crops, crops.Length / TestCrops.Bytes, Priority.Interactive, Output.Cls, Deadline.None, cancellationToken);

    /// <summary>Occupies the device: its batch of one is running, held, when this returns.</summary>
    public async Task<Task<EmbedReply>> OccupyAsync()
    {
        Session.Hold();
        var task = EmbedAsync(TestCrops.Create(1));
        await Session.EnteredAsync();
        return task;
    }

    public async ValueTask DisposeAsync()
    {
        Session.ReleaseAll();
        await Engine.DisposeAsync();
        _metrics.Dispose();
        _meters.Dispose();
        Assert.Equal(ExpectedErrors, Logger.Collector.GetSnapshot().Count(record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Error));
    }
}

/// <summary>Expectations of an engine's replies.</summary>
internal static class Replies
{
    /// <summary>Waits for an answer with features.</summary>
    public static async Task<EmbedReply> OkAsync(this Task<EmbedReply> task) => (await AllOkAsync(task))[0];

    /// <summary>Waits for answers with features.</summary>
    public static async Task<EmbedReply[]> AllOkAsync(params IEnumerable<Task<EmbedReply>> tasks)
    {
        var replies = await Task.WhenAll(tasks);
        Assert.All(replies, reply => Assert.Equal(EmbedStatus.Ok, reply.Status));
        return replies;
    }

    /// <summary>Whether there is an answer with features already.</summary>
    public static bool IsAnswered(this Task<EmbedReply> task) => task is { IsCompletedSuccessfully: true, Result.Status: EmbedStatus.Ok };

    /// <summary>Waits for an answer without features.</summary>
    public static async Task<EmbedReply> AssertRefusedAsync(Task<EmbedReply> task, EmbedStatus status)
    {
        var reply = await task;
        Assert.Equal(status, reply.Status);
        Assert.Empty(reply.Features);
        return reply;
    }
}
