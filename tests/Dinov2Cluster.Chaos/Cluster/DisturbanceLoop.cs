using System.Diagnostics;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Chaos.Cluster;

/// <summary>Does one thing after another to the cluster, in a random order, and each time waits until the silo serves again.</summary>
/// <param name="cluster">What is disturbed.</param>
/// <param name="random">Draws what, whom, and how long.</param>
/// <param name="timeline">Is told.</param>
internal sealed class DisturbanceLoop(LoadedCluster cluster, Random random, Timeline timeline)
{
    private static readonly TimeSpan _frozenFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _redisAwayFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestReturn = TimeSpan.FromSeconds(60);

    // None begins so late that the load would end in the middle of it.
    private static readonly TimeSpan _lastBefore = TimeSpan.FromSeconds(8);

    private readonly Dictionary<DisturbanceKind, int> _counts = Enum.GetValues<DisturbanceKind>().ToDictionary(kind => kind, _ => 0);

    /// <summary>How often each was done.</summary>
    public IReadOnlyDictionary<DisturbanceKind, int> Counts => _counts;

    /// <summary>How often Redis was restarted without its data.</summary>
    public int RedisRestarts { get; private set; }

    /// <summary>Longest time from a restarted silo's readiness to its first answered image.</summary>
    public TimeSpan SlowestReturn { get; private set; }

    /// <summary>Disturbs for so long. Redis is restarted once, in the middle.</summary>
    /// <exception cref="TimeoutException">A silo did not come back.</exception>
    public async Task RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var bag = new Queue<DisturbanceKind>();
        while (clock.Elapsed < duration - _lastBefore)
        {
            await PauseAsync(from: 0.5, to: 1.5, cancellationToken);
            if (RedisRestarts == 0 && clock.Elapsed > duration / 2)
            {
                await RestartRedisAsync(cancellationToken);
                continue;
            }

            if (bag.Count == 0)
            {
                // Each kind as often as the others, in an order that differs.
                var kinds = Enum.GetValues<DisturbanceKind>();
                random.Shuffle(kinds);
                bag = new(kinds);
            }

            var kind = bag.Dequeue();
            await DisturbAsync(kind, cluster.SiloNames[random.Next(cluster.SiloNames.Count)], cancellationToken);
            _counts[kind]++;
            timeline.End();
        }
    }

    private async Task DisturbAsync(DisturbanceKind kind, string name, CancellationToken cancellationToken)
    {
        var silo = cluster.Silo(name);
        switch (kind)
        {
            case DisturbanceKind.Kill:
                timeline.Begin($"SIGKILL {name}");
                await silo.KillAsync();
                await PauseAsync(from: 1, to: 3, cancellationToken);
                await RestartAsync(name, cancellationToken);
                break;
            case DisturbanceKind.Terminate:
                timeline.Begin($"SIGTERM {name}");
                await silo.StopAsync(cancellationToken);
                timeline.Say($"{name} ended with {silo.Process.ExitCode}");
                await RestartAsync(name, cancellationToken);
                break;
            default:
                timeline.Begin($"SIGSTOP {name}");
                silo.Freeze();
                await Task.Delay(_frozenFor, cancellationToken);
                silo.Thaw();
                timeline.Begin($"SIGCONT {name}");
                await UntilItServesAsync(name, silo, cancellationToken);
                break;
        }
    }

    private async Task RestartAsync(string name, CancellationToken cancellationToken)
    {
        timeline.Begin($"restart {name}");
        var silo = cluster.StartSilo(name);
        await silo.WaitUntilReadyAsync(cancellationToken);
        timeline.Say($"{name} is ready");
        var took = await UntilItServesAsync(name, silo, cancellationToken);
        SlowestReturn = took > SlowestReturn ? took : SlowestReturn;
    }

    private async Task<TimeSpan> UntilItServesAsync(string name, HostProcess silo, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_longestReturn);
        try
        {
            await silo.WaitForWorkAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{name} got no work within {_longestReturn.TotalSeconds} s; it printed:\n{silo.Output}");
        }

        timeline.Say(FormattableString.Invariant($"{name} serves, {clock.Elapsed.TotalSeconds:F2} s later"));
        return clock.Elapsed;
    }

    private async Task RestartRedisAsync(CancellationToken cancellationToken)
    {
        timeline.Begin("Redis away");
        await cluster.Redis.KillAsync();
        await Task.Delay(_redisAwayFor, cancellationToken);
        await cluster.Redis.StartAgainAsync(cancellationToken);
        timeline.Begin("Redis back, empty");
        await PauseAsync(from: 2, to: 3, cancellationToken);
        RedisRestarts++;
        timeline.End();
    }

    private Task PauseAsync(double from, double to, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromSeconds(from + ((to - from) * random.NextDouble())), cancellationToken);
}
