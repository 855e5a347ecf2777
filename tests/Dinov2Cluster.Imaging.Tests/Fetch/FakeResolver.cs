using System.Net;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>Gives one answer after the other, then repeats the last one, and records the hosts.</summary>
internal sealed class FakeResolver(params string[][] answers) : IHostResolver
{
    private readonly List<string> _asked = [];

    public IReadOnlyList<string> Asked => _asked;

    public ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        var answer = answers[Math.Min(_asked.Count, answers.Length - 1)];
        _asked.Add(host);
        return ValueTask.FromResult<IReadOnlyList<IPAddress>>([.. answer.Select(IPAddress.Parse)]);
    }
}

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
