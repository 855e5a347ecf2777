using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class OutputTests
{
    [Fact]
    public async Task Jobs_that_want_different_features_share_a_batch()
    {
        await using var host = Host(maxBatchSize: 16);
        var first = await host.OccupyAsync();
        Output[] outputs = [Output.PatchTokens, Output.Cls, Output.ClsMean, Output.PatchTokens];
        var crops = TestCrops.CreateEach(2, 3, 1, 1);
        var tasks = crops.Zip(outputs, (images, output) => host.EmbedAsync(images, output: output)).ToArray();

        host.Session.ReleaseAll();
        await first.OkAsync();
        var results = await Replies.AllOkAsync(tasks);

        Assert.Equal([1, 7], host.Session.Batches);
        Assert.Equal([Outputs.Cls, host.Session.Signature.Outputs], host.Session.Runs.Select(run => run.Wanted));
        Assert.Equal(crops.Zip(outputs, TestCrops.FeaturesOf), results.Select(result => result.Features));
    }

    [Theory]
    [InlineData(Output.Cls, Outputs.Cls)]
    [InlineData(Output.ClsMean, Outputs.Cls | Outputs.PatchMean)]
    [InlineData(Output.PatchTokens, Outputs.PatchTokens)]
    public async Task A_batch_fetches_what_its_jobs_want_also_when_its_images_are_tried_alone(Output output, object wanted)
    {
        await using var host = Host(maxBatchSize: 8);
        host.Session.NextError = new InvalidOperationException();

        await host.EmbedAsync(TestCrops.Create(2), output: output).OkAsync();

        Assert.Equal([2, 1, 1], host.Session.Batches);
        Assert.All(host.Session.Runs, run => Assert.Equal((Outputs)wanted, run.Wanted));
    }

    [Theory]
    [InlineData(Output.Cls, TestCrops.Features)]
    [InlineData(Output.ClsMean, 2 * TestCrops.Features)]
    [InlineData(Output.PatchTokens, TestCrops.PatchTokens * TestCrops.Features)]
    public async Task A_job_that_is_split_is_put_together_again_whatever_it_wants(Output output, int featuresPerImage)
    {
        await using var host = Host(maxBatchSize: 4);
        var crops = TestCrops.Create(10);

        var result = await host.EmbedAsync(crops, output: output);

        Assert.Equal([4, 4, 2], host.Session.Batches);
        Assert.Equal(10 * featuresPerImage, result.Features.Length);
        Assert.Equal(TestCrops.FeaturesOf(crops, output), result.Features);
    }

    [Fact]
    public async Task Images_that_are_tried_alone_keep_what_they_want()
    {
        await using var host = Host(maxBatchSize: 8);
        host.Session.NextError = new InvalidOperationException();
        var crops = TestCrops.Create(3);

        var result = await host.EmbedAsync(crops, output: Output.PatchTokens);

        Assert.Equal([3, 1, 1, 1], host.Session.Batches);
        Assert.Equal(TestCrops.FeaturesOf(crops, Output.PatchTokens), result.Features);
        Assert.Single(host.Logger.Collector.GetSnapshot(), record => record.Level == LogLevel.Warning);
    }

    [Theory]
    [InlineData(Output.ClsMean)]
    [InlineData(Output.PatchTokens)]
    [InlineData((Output)99)]
    public async Task What_the_model_does_not_give_is_refused(Output output)
    {
        await using var host = new EngineHost(new BatchingOptions());

        await Assert.ThrowsAsync<ArgumentException>(() => host.EmbedAsync(TestCrops.Create(1), output: output));

        Assert.Empty(host.Session.Batches);
    }

    private static EngineHost Host(int maxBatchSize) => new(new BatchingOptions { MaxBatchSize = maxBatchSize }, patchTokens: TestCrops.PatchTokens);
}
