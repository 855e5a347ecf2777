namespace Dinov2Cluster.Cluster.Tests;

/// <summary>Waits for conditions that other processes bring about. Only the test's own time limit ends the wait.</summary>
internal static class Until
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(50);

    public static Task TrueAsync(Func<bool> condition, CancellationToken cancellationToken) =>
        TrueAsync(() => Task.FromResult(condition()), cancellationToken);

    public static async Task TrueAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        while (!await condition())
        {
            await Task.Delay(PollPeriod, TimeProvider.System, cancellationToken);
        }
    }
}
