using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>
/// Receive buffers of the web server, in blocks that hold most of an image. Its own blocks of 4 KB cost a system call and a thread switch for
/// every 4 KB.
/// </summary>
internal sealed class ConnectionMemoryPool : MemoryPool<byte>
{
    /// <summary>Bytes of a block: below the large object heap's 85,000.</summary>
    internal const int BlockBytes = 64 << 10;

    /// <summary>Most blocks that are kept, 16 MB; the garbage collector gets the rest. The server has a few such pools.</summary>
    internal const int MaxKept = 256;

    private readonly ConcurrentQueue<Block> _free = new();
    private int _kept;

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <summary>Number of blocks that are kept now.</summary>
    internal int Kept => Volatile.Read(ref _kept);

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!_free.TryDequeue(out var block))
        {
            return new Block(this);
        }

        Interlocked.Decrement(ref _kept);
        block.Take();
        return block;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _free.Clear();

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _kept) <= MaxKept)
        {
            _free.Enqueue(block);
        }
        else
        {
            Interlocked.Decrement(ref _kept);
        }
    }

    private sealed class Block(ConnectionMemoryPool pool) : IMemoryOwner<byte>
    {
        // Pinned once: sockets would pin them for every call.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
        private int _isFree;

        public Memory<byte> Memory => _bytes;

        public void Take() => Volatile.Write(ref _isFree, 0);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isFree, 1) == 0)
            {
                pool.Return(this);
            }
        }
    }
}

/// <summary>Creates <see cref="ConnectionMemoryPool"/>s for the web server.</summary>
internal sealed class ConnectionMemoryPoolFactory : IMemoryPoolFactory<byte>
{
    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ConnectionMemoryPool();
}
