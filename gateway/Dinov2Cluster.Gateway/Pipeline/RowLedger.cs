namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>
/// Hands out rows in order and keeps their failures. After a failure no new row starts, but those before the failed one finish:
/// so the reported error is always that of the lowest bad row, whatever the timing was.
/// </summary>
internal sealed class RowLedger(int count)
{
    private readonly Lock _lock = new();
    private readonly bool[] _done = new bool[count];
    private int _next;
    private int _firstOpen;
    private int _failedRow = int.MaxValue;
    private volatile Exception? _failure;
    private volatile bool _isSettled;

    /// <summary>The error of the lowest failed row.</summary>
    public Exception? Failure => _failure;

    /// <summary>Whether <see cref="Failure"/> is final, so that what still runs may be stopped.</summary>
    public bool IsSettled => _isSettled;

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

    /// <summary>Ends a row.</summary>
    public void Complete(int row, Exception? failure = null)
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

            _isSettled = _firstOpen > _failedRow;
        }
    }
}
