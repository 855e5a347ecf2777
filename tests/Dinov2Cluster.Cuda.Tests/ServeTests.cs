using Dinov2Cluster.Cuda.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cuda.Tests;

/// <summary>A host with a GPU from its start to its end.</summary>
public sealed class ServeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [CudaFact]
    public async Task It_warms_up_embeds_and_drains()
    {
        // 0.1 ms a kernel: the device is busy when the stop comes.
        await using var gpu = new FakeGpu(("KERNEL_US", "100"));
        var host = await gpu.StartReadyAsync(Cancellation, "--Batching:MaxBatchSize", "4");
        Assert.Contains($"Model {FakeGpu.Model} is ready on cuda:0: 224 pixels, 128 features, batches of up to 4 at ", host.Output, StringComparison.Ordinal);
        await FakeFeatures.EmbedAsync(host, GoldenData.Images, Cancellation);

        var accepted = Enumerable.Range(0, 4).Select(_ => FakeFeatures.EmbedAsync(host, GoldenData.Images, Cancellation)).ToArray();
        // A count that only grows: all of them are decoded, and so accepted.
        var images = (1 + accepted.Length) * GoldenData.Images.Count;
        await Until.TrueAsync(async () => await host.SumAsync("dinov2_gateway_decoder_wait_duration_seconds_count", Cancellation) >= images, Cancellation);
        await host.StopAsync(Cancellation);

        await Task.WhenAll(accepted);
        Assert.Equal(0, host.Process.ExitCode);
        var calls = gpu.Calls;
        Assert.DoesNotContain(calls, call => call.Event == "unused");
        Assert.Equal(Sum(calls, "malloc"), Sum(calls, "free"));
        Assert.Equal(Sum(calls, "hostmalloc"), Sum(calls, "hostfree"));
    }

    [CudaFact]
    public async Task Two_batches_are_on_the_device_at_once_and_neither_waits_for_the_other()
    {
        await using var gpu = new FakeGpu(("KERNEL_US", "200"));
        var host = await gpu.StartReadyAsync(Cancellation, "--Batching:MaxBatchSize", "4");
        var before = gpu.Calls.Count;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => FakeFeatures.EmbedAsync(host, GoldenData.Images, Cancellation)));

        var calls = gpu.Calls.Skip(before).ToList();
        var runs = LaneRun.In(calls);
        Assert.Equal(2, runs.DistinctBy(run => run.Thread).Count());
        Assert.DoesNotContain(calls, call => call.Event is "devicewait" or "eventwait" || (call.Fields.TryGetValue("wait", out var wait) && wait == "device"));
        Assert.Contains(runs, run => runs.Any(run.BeganDuring));
        Assert.DoesNotContain(runs, run => runs.Any(other => run.BeganDuring(other) && run.Stream == other.Stream));
    }

    [CudaFact]
    public async Task Each_GPU_of_a_machine_is_a_device()
    {
        await using var gpu = new FakeGpu(("DEVICES", "2"));
        var host = await gpu.StartReadyAsync(Cancellation, "--Batching:MaxBatchSize", "2", "--Devices:1:Kind", "Cuda", "--Devices:1:Index", "1");

        await FakeFeatures.EmbedAsync(host, GoldenData.Images, Cancellation);

        Assert.All(["cuda:0", "cuda:1"], device => Assert.Contains($"is ready on {device}:", host.Output, StringComparison.Ordinal));
    }

    private static long Sum(IEnumerable<Call> calls, string name) =>
        calls.Where(call => call.Event == name && call.Fields.GetValueOrDefault("ok") != "0").Sum(call => call.Bytes);
}
