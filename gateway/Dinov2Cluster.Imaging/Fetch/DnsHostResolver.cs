using System.Net;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Finds a host's addresses.</summary>
internal interface IHostResolver
{
    /// <summary>All addresses of <paramref name="host"/>, which is a name and never an address.</summary>
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken);
}

/// <summary>
/// Uses the system's resolver. On Linux this call blocks a thread, cannot be canceled and lasts as long as the name server takes,
/// and the client chooses the name. Each lookup therefore gets its own thread outside the pool, and their number is limited.
/// </summary>
internal sealed class DnsHostResolver : IHostResolver
{
    private const int MaxLookups = 64;
    private static readonly SemaphoreSlim _lookups = new(MaxLookups);

    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        await _lookups.WaitAsync(cancellationToken);
        var lookup = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return Dns.GetHostAddresses(host);
                }
                finally
                {
                    _lookups.Release();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        return await lookup.WaitAsync(cancellationToken);
    }
}
