using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Notes what it is charged, and refuses while a test says so.</summary>
internal sealed class CountingCaller : ICaller
{
    private readonly List<int> _taken = [];

    /// <summary>What it says to so many images; null for yes.</summary>
    public Func<int, EmbeddingException?>? OnTake { get; set; }

    public IReadOnlyList<int> Taken
    {
        get
        {
            lock (_taken)
            {
                return [.. _taken];
            }
        }
    }

    public void Take(int images)
    {
        if (OnTake?.Invoke(images) is { } refusal)
        {
            throw refusal;
        }

        lock (_taken)
        {
            _taken.Add(images);
        }
    }
}
