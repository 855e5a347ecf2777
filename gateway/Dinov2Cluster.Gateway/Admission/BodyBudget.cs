using Dinov2Cluster.Gateway.Configuration;
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

    /// <summary>Reserves bytes, or reserves nothing and says no.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= _capacity)
        {
            return true;
        }

        Release(bytes);
        Interlocked.Increment(ref _refusals);
        return false;
    }

    /// <summary>Gives reserved bytes back.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);
}
