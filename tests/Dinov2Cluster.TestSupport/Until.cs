namespace Dinov2Cluster.TestSupport;

/// <summary>Waits for conditions that other processes bring about. Only the test's own time limit ends the wait.</summary>
public static class Until
{
    private static readonly TimeSpan _pollPeriod = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until the condition holds.</summary>
    public static Task TrueAsync(Func<bool> condition, CancellationToken cancellationToken) =>
        TrueAsync(() => Task.FromResult(condition()), cancellationToken);

    /// <summary>Waits until the condition holds.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        while (!await condition())
        {
            await Task.Delay(_pollPeriod, TimeProvider.System, cancellationToken);
        }
    }
}
