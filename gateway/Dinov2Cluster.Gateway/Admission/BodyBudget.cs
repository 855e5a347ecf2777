using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Imaging;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>Bytes that all request bodies together may hold in memory.</summary>
internal sealed class BodyBudget(IOptions<AdmissionOptions> options)
{
    private readonly long _capacity = options.Value.MaxBodyBytes;
    private long _used;
    private long _refusals;

    /// <summary>Bytes held now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Times that bytes were refused.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>Begins a lease, which counts no bytes yet.</summary>
    /// <param name="buffer">Memory that the lease owns from now on; null for none.</param>
    public ByteLease Lease(PooledBuffer? buffer = null) => new(this, buffer);

    /// <summary>Counted bytes of one request, and the buffer that holds them if the lease owns one. Disposing it gives both back.</summary>
    internal sealed class ByteLease(BodyBudget budget, PooledBuffer? buffer) : IDisposable
    {
        private long _bytes;

        /// <summary>The bytes of the buffer.</summary>
        public ReadOnlyMemory<byte> Memory => buffer is null ? default : buffer.Memory;

        /// <summary>Counts more bytes, or counts nothing and returns false because the budget is used up.</summary>
        public bool TryGrow(long bytes)
        {
            if (Interlocked.Add(ref budget._used, bytes) <= budget._capacity)
            {
                _bytes += bytes;
                return true;
            }

            Interlocked.Add(ref budget._used, -bytes);
            Interlocked.Increment(ref budget._refusals);
            return false;
        }

        /// <summary>Counts more bytes.</summary>
        /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.Overloaded"/>: the budget is used up.</exception>
        public void Grow(long bytes)
        {
            if (!TryGrow(bytes))
            {
                throw new EmbeddingException(EmbeddingErrorKind.Overloaded, "The body budget is used up.");
            }
        }

        public void Dispose()
        {
            buffer?.Dispose();
            Interlocked.Add(ref budget._used, -Interlocked.Exchange(ref _bytes, 0));
        }
    }
}
