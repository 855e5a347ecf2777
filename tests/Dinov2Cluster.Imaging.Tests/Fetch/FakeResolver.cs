using System.Net;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

/// <summary>Gives one answer after the other, the last one for ever, and remembers what it was asked.</summary>
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
