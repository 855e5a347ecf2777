using System.Net;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>A name server that never answers.</summary>
internal sealed class HangingResolver : IHostResolver
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Asked => _asked.Task;

    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        _asked.SetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        return [];
    }
}
