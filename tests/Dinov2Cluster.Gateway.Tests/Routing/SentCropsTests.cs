using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Tests.Routing;

/// <summary>Who may read the crops of a group after it was sent.</summary>
public sealed class SentCropsTests : IDisposable
{
    private const string A = "a/cpu:0/m";
    private const string B = "b/cpu:0/m";

    private readonly SimulatedCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Crops_that_a_lost_device_may_still_read_do_not_go_back_to_the_pool() => _cluster.Run(async () =>
    {
        _cluster.Add(A, 0.02);
        _cluster.Add(B, 0.02);
        _cluster.Poll();
        _cluster[A].Freeze();
        // So the first attempt goes to A.
        _cluster.State(B).Observe(waiting: 2, computing: 0);
        var crops = new CropGroup(1, SimulatedCluster.CropSize);
        var array = crops.Buffer;

        await _cluster.EmbedAsync(1, crops: crops);

        Assert.DoesNotContain(RentAll(array.Length), rented => ReferenceEquals(rented, array));
    });

    [Fact]
    public void Crops_that_were_answered_for_go_back_to_the_pool() => _cluster.Run(async () =>
    {
        _cluster.Add(A, 0.02);
        _cluster.Poll();
        var crops = new CropGroup(1, SimulatedCluster.CropSize);
        var array = crops.Buffer;

        await _cluster.EmbedAsync(1, crops: crops);

        Assert.Contains(RentAll(array.Length), rented => ReferenceEquals(rented, array));
    });

    // The shared pool keeps returned arrays by thread and core, newest first.
    private static List<byte[]> RentAll(int length) => [.. Enumerable.Range(0, 512).Select(_ => System.Buffers.ArrayPool<byte>.Shared.Rent(length))];
}
