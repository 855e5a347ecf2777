using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>A message in memory, counted against the gateway's <see cref="BodyBudget"/> once that has room for it. Disposing it gives both back.</summary>
internal sealed class HeldMessage(PooledBuffer message, BodyBudget budget) : IDisposable
{
    // Also known after the memory was given back.
    private readonly int _length = message.Length;
    private int _reserved;

    /// <summary>The message's bytes.</summary>
    public ReadOnlyMemory<byte> Memory => message.Memory;

    /// <summary>Counts the message, or says that the budget is used up.</summary>
    public bool TryReserve()
    {
        if (!budget.TryReserve(_length))
        {
            return false;
        }

        _reserved = _length;
        return true;
    }

    public void Dispose()
    {
        message.Dispose();
        budget.Release(Interlocked.Exchange(ref _reserved, 0));
    }
}
