using Dinov2Cluster.Cuda.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cuda.Tests;

/// <summary>What a batch does on a GPU, by the calls that it makes.</summary>
public sealed class BatchTests
{
    private const string BatchEvents = "H2D(pinned,device,none) work D2H(device,pinned,none) no-wait streamwait";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [CudaFact]
    public async Task A_batch_is_one_copy_in_its_kernels_and_one_copy_back_and_builds_nothing()
    {
        // 50 µs a kernel: batches are on the device together, as on a GPU.
        await using var gpu = new FakeGpu(("KERNEL_US", "50"));
        var host = await gpu.StartReadyAsync(Cancellation, "--Batching:MaxBatchSize", "16");
        var before = gpu.Calls.Count;

        for (var images = 1; images <= 8; images++)
        {
            await FakeFeatures.EmbedAsync(host, [.. GoldenData.Images.Take(images)], Cancellation);
        }

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => FakeFeatures.EmbedAsync(host, GoldenData.Images, Cancellation)));

        var calls = gpu.Calls.Skip(before).ToList();
        var runs = LaneRun.In(calls);
        Assert.True(runs.Select(run => run.Images).Distinct().Count() > 4, string.Join('\n', runs));
        Assert.All(runs, run =>
        {
            Assert.Equal(BatchEvents, run.Events);
            Assert.All(run.Calls, call => Assert.True(call["stream"] == run.Stream || call["stream"] == "0", call.ToString()));
            Assert.Equal(run.Images * 128 * sizeof(float), run.Calls.Single(call => call.Fields.GetValueOrDefault("direction") == "D2H").Bytes);
        });
        // Each call belongs to a batch: no other thread does anything.
        Assert.Equal(calls.Count, runs.Sum(run => run.Calls.Count));
    }

    [CudaFact]
    public async Task Outputs_that_nobody_asked_for_are_not_copied_back()
    {
        await using var gpu = new FakeGpu();
        var host = await gpu.StartReadyAsync(Cancellation, "--Batching:MaxBatchSize", "4", "--Models:PatchTokens", "true");
        var before = gpu.Calls.Count;

        await FakeFeatures.EmbedAsync(host, [GoldenData.Images[0]], Cancellation);

        var run = Assert.Single(LaneRun.In(gpu.Calls.Skip(before)));
        // The mean of the patch tokens is summed up in memory that is cleared first.
        Assert.Equal(BatchEvents, run.Events.Replace("work memset work", "work", StringComparison.Ordinal));
        Assert.Equal(128 * sizeof(float), run.Calls.Single(call => call.Fields.GetValueOrDefault("direction") == "D2H").Bytes);
    }
}
