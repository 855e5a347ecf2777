using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Inference.Tests.Sessions;

public sealed class SimulatedModelSessionTests
{
    private static readonly SimulatedDeviceOptions _options = new() { BaseLatency = TimeSpan.FromMilliseconds(10), LatencyPerImage = TimeSpan.FromMilliseconds(3) };

    [Fact]
    public async Task A_batch_takes_the_base_latency_and_that_of_each_image()
    {
        var time = new TestClock();
        using var session = new SimulatedModelSession(new ModelSignature(2, 8, 4), _options, time);
        using var lane = session.CreateLane(4);
        var run = Task.Run(() => lane.Run(4, Outputs.Cls, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await time.WaitBegunAsync(TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromMilliseconds(21.9));
        Assert.False(run.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(0.1));

        await run;
    }

    [Fact]
    public void Features_depend_on_every_byte_of_their_crop_and_on_nothing_else()
    {
        using var session = new SimulatedModelSession(new ModelSignature(3, 16, 2), new() { BaseLatency = TimeSpan.Zero, LatencyPerImage = TimeSpan.Zero }, TimeProvider.System);
        using var lane = session.CreateLane(2);
        lane.Input(0).Clear();
        lane.Run(1, Outputs.Cls, TestContext.Current.CancellationToken);
        var zeros = lane.Output(0).ToArray();
        Assert.All(zeros, value => Assert.InRange(value, -1f, 1f));

        for (var i = 0; i < session.Signature.CropBytes; i++)
        {
            lane.Input(1).Clear();
            lane.Input(1)[i] = 1;
            lane.Run(2, Outputs.Cls, TestContext.Current.CancellationToken);
            Assert.Equal(zeros, lane.Output(0).ToArray());
            Assert.NotEqual(zeros, lane.Output(1).ToArray());
        }
    }

    [Fact]
    public void Patch_tokens_follow_the_cls_token_that_the_crop_has_without_them()
    {
        var options = new SimulatedDeviceOptions { BaseLatency = TimeSpan.Zero, LatencyPerImage = TimeSpan.Zero };
        using var session = new SimulatedModelSession(new ModelSignature(3, 4, 2, PatchTokens: 9), options, TimeProvider.System);
        using var lane = session.CreateLane(2);
        lane.Input(0).Fill(1);
        lane.Input(1).Fill(2);
        var all = new float[40];
        SimulatedFeatures.Compute(lane.Input(1), all);
        var cls = new float[4];
        SimulatedFeatures.Compute(lane.Input(1), cls);

        lane.Run(2, session.Signature.Outputs, TestContext.Current.CancellationToken);

        Assert.Equal(cls, lane.Output(1).ToArray());
        Assert.Equal(all[4..], lane.PatchTokens(1).ToArray());
        Assert.NotEqual(all[4..], lane.PatchTokens(0).ToArray());
        var means = Enumerable.Range(0, 4).Select(i => (float)all[4..].Where((_, j) => j % 4 == i).Average(value => (double)value));
        Assert.All(means.Zip(lane.PatchMean(1).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public async Task A_canceled_run_stops_waiting()
    {
        var time = new TestClock();
        using var session = new SimulatedModelSession(new ModelSignature(2, 8, 4), _options, time);
        using var lane = session.CreateLane(4);
        using var cancel = new CancellationTokenSource();
        var run = Task.Run(() => lane.Run(1, Outputs.Cls, cancel.Token), TestContext.Current.CancellationToken);
        await time.WaitBegunAsync(TestContext.Current.CancellationToken);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task The_base_latency_of_two_lanes_overlaps_and_their_images_do_not()
    {
        var time = new TestClock();
        using var session = new SimulatedModelSession(new ModelSignature(2, 8, 4), _options with { Lanes = 2 }, time);
        Assert.Equal(2, session.Lanes);
        using var first = session.CreateLane(4);
        using var second = session.CreateLane(4);
        var one = Task.Run(() => first.Run(4, Outputs.Cls, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await time.WaitBegunAsync(TestContext.Current.CancellationToken);
        var two = Task.Run(() => second.Run(4, Outputs.Cls, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await time.WaitBegunAsync(TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromMilliseconds(22));
        await one;
        time.Advance(TimeSpan.FromMilliseconds(11));
        Assert.False(two.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        await two;
    }
}
