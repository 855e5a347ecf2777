namespace Dinov2Cluster.Cli.Search;

/// <summary>Keeps the best rows of a stream, as many as were asked for.</summary>
internal sealed class NearestRows(int count)
{
    // The worst is in front: the lowest score, of equals the last row.
    private static readonly Comparer<(float Score, long Row)> WorstFirst =
        Comparer<(float Score, long Row)>.Create((a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Row.CompareTo(a.Row));

    private readonly PriorityQueue<string, (float Score, long Row)> _rows = new(WorstFirst);
    private long _row;

    /// <summary>Takes up the next row, if it is good enough.</summary>
    public void Add(float score, string path)
    {
        var priority = (score, _row++);
        if (_rows.Count < count)
        {
            _rows.Enqueue(path, priority);
        }
        else if (_rows.TryPeek(out _, out var worst) && WorstFirst.Compare(priority, worst) > 0)
        {
            _rows.DequeueEnqueue(path, priority);
        }
    }

    /// <summary>Empties it; the best first.</summary>
    public IReadOnlyList<Neighbour> Take()
    {
        var neighbours = new Neighbour[_rows.Count];
        for (var i = neighbours.Length - 1; i >= 0; i--)
        {
            _rows.TryDequeue(out var path, out var priority);
            neighbours[i] = new Neighbour(priority.Score, path!);
        }

        return neighbours;
    }
}
