using System.Net;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Finds a host's addresses.</summary>
internal interface IHostResolver
{
    /// <summary>All addresses of <paramref name="host"/>, which is a name and never an address.</summary>
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken);
}
