using CsCheck;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Rows_never_mix_whatever_the_sizes_of_concurrent_jobs()
    {
        await Gen.Select(Gen.Int[1, 8], Gen.Int[1, 20].Array[1, 40]).SampleAsync(
            async (maxBatchSize, sizes) =>
            {
                await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = maxBatchSize });
                await Parallel.ForEachAsync(sizes, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (size, _) =>
                {
                    var crops = TestCrops.Create(size);
                    Assert.Equal(TestCrops.FeaturesOf(crops), (await host.EmbedAsync(crops)).Features);
                });
                Assert.Equal(sizes.Sum(), host.Session.Batches.Sum());
                Assert.All(host.Session.Batches, size => Assert.InRange(size, 1, maxBatchSize));
            },
            iter: 200);
    }

    [Fact]
    public async Task Crops_are_never_read_after_their_task_has_completed()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 5, MaxQueueLength = 40 });

        // Callers get a chance between the crops of a batch.
        host.Session.OnInput = () => Thread.Yield();
        var computed = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (worker, _) =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 300; i++)
            {
                using var cancel = new CancellationTokenSource();
                var crops = TestCrops.Create(random.Next(1, 12));
                var expected = TestCrops.FeaturesOf(crops);

                // As a pool would: the buffer is somebody else's the moment that the task completes, on whichever thread that is.
                var task = host.EmbedCancelableAsync(crops, cancel.Token);
                var reused = task.ContinueWith(_ => Array.Fill(crops, FakeSession.Poison), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                if (random.Next(2) == 0)
                {
                    await Task.Yield();
                    await cancel.CancelAsync();
                }

                try
                {
                    var reply = await task;
                    if (reply.Status != EmbedStatus.QueueFull)
                    {
                        Assert.Equal(EmbedStatus.Ok, reply.Status);
                        Assert.Equal(expected, reply.Features);
                        Interlocked.Increment(ref computed);
                    }
                }
                catch (OperationCanceledException)
                {
                }

                await reused;
            }
        });

        Assert.False(host.Session.SawPoison);
        Assert.NotEqual(0, computed);
        Assert.Equal(0, host.Engine.QueueDepth);
    }
}
