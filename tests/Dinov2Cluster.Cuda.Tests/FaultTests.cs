using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Dinov2Cluster.Cuda.Tests.Support;
using Dinov2Cluster.TestSupport;
using static System.FormattableString;

namespace Dinov2Cluster.Cuda.Tests;

/// <summary>GPUs that fail while a host serves or warms up.</summary>
public sealed partial class FaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [CudaFact]
    public async Task A_lost_device_makes_the_host_not_ready_and_ends_it_with_1()
    {
        await using var gpu = new FakeGpu();
        var host = await gpu.StartReadyAsync(Cancellation, "--Batching:MaxBatchSize", "4");
        host.ExpectsErrors = true;
        await FakeFeatures.EmbedAsync(host, GoldenData.Images, Cancellation);

        gpu.Lose();
        while (!host.Process.HasExited)
        {
            await EmbedInVainAsync(host);
        }

        await host.Process.WaitForExitAsync(Cancellation);
        Assert.Equal(1, host.Process.ExitCode);
        Assert.Contains($"The device of {FakeGpu.Model}/cuda:0 is lost: every image of several batches in a row failed, the last one with: ", host.Output, StringComparison.Ordinal);
    }

    [CudaFact]
    public async Task A_batch_that_runs_out_of_memory_makes_batches_smaller_and_is_never_tried_again()
    {
        await using var gpu = new FakeGpu(("MEMORY_MIB", "64"));
        var host = await gpu.StartReadyAsync(Cancellation);
        var before = gpu.Calls.Count;
        var found = OutOfMemory().Matches(host.Output).Select(match => (Images: Number(match, 1), Largest: Number(match, 2))).ToList();
        Assert.NotEmpty(found);
        Assert.All(found, one => Assert.InRange(one.Largest, 1, one.Images - 1));
        // Each try is smaller than what the one before left.
        Assert.All(found.Zip(found.Skip(1)), pair => Assert.InRange(pair.Second.Images, 1, pair.First.Largest));
        Assert.Contains(Invariant($"batches of up to {found[^1].Largest} at "), host.Output, StringComparison.Ordinal);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => FakeFeatures.EmbedAsync(host, GoldenData.Images, Cancellation)));

        Assert.Equal(found.Count, OutOfMemory().Count(host.Output));
        var calls = gpu.Calls.Skip(before).ToList();
        Assert.DoesNotContain(calls, call => call.Event == "malloc" && call["ok"] == "0");
        Assert.All(LaneRun.In(calls), run => Assert.InRange(run.Images, 1, found[^1].Largest));
    }

    [CudaFact]
    public async Task Features_that_are_not_finite_are_never_answered()
    {
        await using var gpu = new FakeGpu(("FEATURES", "nan"));
        var host = await gpu.StartReadyAsync(Cancellation, "--Batching:MaxBatchSize", "4");
        host.ExpectsErrors = true;

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => host.EmbedAsync([GoldenData.Images[0]], model: null, Cancellation));

        Assert.Equal(HttpStatusCode.InternalServerError, error.StatusCode);
    }

    [GeneratedRegex(@"ran out of memory on cuda:0 with (\d+) images in a batch; its batches have at most (\d+) from now on")]
    private static partial Regex OutOfMemory();

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    // A host that ends may refuse, fail or not answer.
    private static async Task EmbedInVainAsync(HostProcess host)
    {
        try
        {
            await host.EmbedAsync([GoldenData.Images[0]], model: null, Cancellation);
        }
        catch (HttpRequestException)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }
}
