using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

public sealed class ShareTests
{
    [Fact(Timeout = 180_000)]
    public async Task Devices_share_the_work_as_their_speeds_are()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = new ClusterProcesses().WithModel("m");
        var fast = cluster.StartSlowSilo(ClusterProcesses.Primary, TimeSpan.FromMilliseconds(40));
        var slow = cluster.StartSlowSilo("silo-1", TimeSpan.FromMilliseconds(120));
        var gateway = cluster.StartGateway();
        await Task.WhenAll(new[] { fast, slow, gateway }.Select(process => process.WaitUntilReadyAsync(cancellation)));
        // More clients than devices, so that both always have something to do.
        await using var load = ScoreLoad.Start(gateway, clients: 12, cancellation);
        await load.DuringAsync(fast.WaitForWorkAsync(cancellation), slow.WaitForWorkAsync(cancellation));

        var before = (Fast: await fast.ImagesAsync(cancellation), Slow: await slow.ImagesAsync(cancellation));
        await load.WaitForAsync(answers: 300, cancellation);
        var after = (Fast: await fast.ImagesAsync(cancellation), Slow: await slow.ImagesAsync(cancellation));
        await load.StopAsync();

        // Three times as fast; the two readings of a silo need not fall between the same images as the other's.
        Assert.InRange((double)(after.Fast - before.Fast) / (after.Slow - before.Slow), 2, 4);
    }
}
