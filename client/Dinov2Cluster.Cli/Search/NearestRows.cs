namespace Dinov2Cluster.Cli.Search;

/// <summary>Keeps the best rows of a stream, up to a fixed number.</summary>
internal sealed class NearestRows(int count)
{
    // The worst row is first: the lowest score, and of equal scores the last row.
    private static readonly Comparer<(float Score, long Row)> _worstFirst =
        Comparer<(float Score, long Row)>.Create((a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Row.CompareTo(a.Row));

    private readonly PriorityQueue<string, (float Score, long Row)> _rows = new(_worstFirst);
    private long _row;

    /// <summary>Adds the next row, if it is good enough.</summary>
    public void Add(float score, string path)
    {
        var priority = (score, _row++);
        if (_rows.Count < count)
        {
            _rows.Enqueue(path, priority);
        }
        else if (_rows.TryPeek(out _, out var worst) && _worstFirst.Compare(priority, worst) > 0)
        {
            _rows.DequeueEnqueue(path, priority);
        }
    }

    /// <summary>Removes and returns all rows, the best first.</summary>
    public IReadOnlyList<Neighbor> Take()
    {
        var neighbors = new Neighbor[_rows.Count];
        for (var i = neighbors.Length - 1; i >= 0; i--)
        {
            _rows.TryDequeue(out var path, out var priority);
            neighbors[i] = new Neighbor(priority.Score, path!);
        }

        return neighbors;
    }
}

/// <summary>A row that is similar to the query.</summary>
/// <param name="Score">Cosine of the angle between them, -1 to 1.</param>
/// <param name="Path">Path or URL of its image.</param>
internal sealed record Neighbor(float Score, string Path);
