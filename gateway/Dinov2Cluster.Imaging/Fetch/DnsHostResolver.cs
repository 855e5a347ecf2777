using System.Net;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// Asks the system's resolver. On Linux that call blocks a thread, can't be cancelled and lasts as long as the asked name server
/// likes, and the name is the client's choice: so a lookup gets its own thread, never one of the pool's, and there are only so many.
/// </summary>
internal sealed class DnsHostResolver : IHostResolver
{
    private const int MaxLookups = 64;
    private static readonly SemaphoreSlim s_lookups = new(MaxLookups);

    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        await s_lookups.WaitAsync(cancellationToken);
        var lookup = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return Dns.GetHostAddresses(host);
                }
                finally
                {
                    s_lookups.Release();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        return await lookup.WaitAsync(cancellationToken);
    }
}
