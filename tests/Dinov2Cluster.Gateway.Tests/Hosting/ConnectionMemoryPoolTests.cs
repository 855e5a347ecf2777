using System.Runtime.InteropServices;
using Dinov2Cluster.Gateway.Hosting;

namespace Dinov2Cluster.Gateway.Tests.Hosting;

public sealed class ConnectionMemoryPoolTests : IDisposable
{
    private readonly ConnectionMemoryPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void A_block_that_was_given_back_is_given_out_again_and_never_to_two()
    {
        var first = _pool.Rent();
        var second = _pool.Rent(ConnectionMemoryPool.BlockBytes);
        Assert.False(Overlap(first.Memory, second.Memory));

        first.Dispose();
        var third = _pool.Rent(1);

        Assert.True(Overlap(first.Memory, third.Memory));
        Assert.False(Overlap(_pool.Rent().Memory, third.Memory));
    }

    [Fact]
    public void A_block_that_is_given_back_twice_is_kept_once()
    {
        var block = _pool.Rent();

        block.Dispose();
        block.Dispose();

        Assert.Equal(1, _pool.Kept);
        Assert.False(Overlap(_pool.Rent().Memory, _pool.Rent().Memory));
    }

    [Fact]
    public void Only_so_many_blocks_are_kept()
    {
        var blocks = Enumerable.Range(0, ConnectionMemoryPool.MaxKept + 3).Select(_ => _pool.Rent()).ToArray();

        Array.ForEach(blocks, block => block.Dispose());

        Assert.Equal(ConnectionMemoryPool.MaxKept, _pool.Kept);
    }

    [Fact]
    public void More_than_a_block_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(ConnectionMemoryPool.BlockBytes + 1));

    [Fact]
    public async Task Threads_never_share_a_block()
    {
        await Task.WhenAll(Enumerable.Range(1, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var block = _pool.Rent();
                var numbers = MemoryMarshal.Cast<byte, int>(block.Memory.Span);
                numbers.Fill(worker);
                Assert.False(numbers.ContainsAnyExcept(worker));
            }
        })));

        Assert.InRange(_pool.Kept, 1, 8);
    }

    private static bool Overlap(Memory<byte> one, Memory<byte> other) => one.Span.Overlaps(other.Span);
}
