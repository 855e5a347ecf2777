namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// Hands out a request's rows in order and keeps what became of them. After a failure no new row starts, but those before the
/// failed one finish: so the error that is reported is always that of the lowest bad row, whatever the timing was.
/// </summary>
internal sealed class RowLedger(int count)
{
    private readonly Lock _lock = new();
    private readonly bool[] _done = new bool[count];
    private int _next;
    private int _firstOpen;
    private int _failedRow = int.MaxValue;
    private Exception? _failure;

    /// <summary>The error of the lowest row that failed.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
            {
                return _failure;
            }
        }
    }

    /// <summary>Takes the next row, unless none is left or one failed.</summary>
    public bool TryTake(out int row)
    {
        lock (_lock)
        {
            row = _next;
            if (_failure is not null || _next == count)
            {
                return false;
            }

            _next++;
            return true;
        }
    }

    /// <summary>A row is ready, or failed.</summary>
    /// <returns>True when the outcome of the request is settled by a failure: what still runs may be stopped.</returns>
    public bool Complete(int row, Exception? failure = null)
    {
        lock (_lock)
        {
            if (failure is not null && row < _failedRow)
            {
                (_failedRow, _failure) = (row, failure);
            }

            _done[row] = true;
            while (_firstOpen < count && _done[_firstOpen])
            {
                _firstOpen++;
            }

            return _firstOpen > _failedRow;
        }
    }
}
