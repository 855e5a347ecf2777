using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>A small closed loop: clients that each send one image after another, and check every answer.</summary>
internal sealed class ScoreLoad : IAsyncDisposable
{
    private static readonly string[] _images = [KnownAnswers.Image];

    private readonly CancellationTokenSource _abort;
    private readonly Task[] _clients;
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answered;
    private volatile bool _stopped;

    private ScoreLoad(ITestHost gateway, int clients, string? model, CancellationToken cancellationToken)
    {
        _abort = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _clients = [.. Enumerable.Range(0, clients).Select(_ => RunAsync(gateway, model))];
    }

    /// <summary>Requests answered so far.</summary>
    public int Answered => Volatile.Read(ref _answered);

    public static ScoreLoad Start(ITestHost gateway, int clients, CancellationToken cancellationToken, string? model = null) =>
        new(gateway, clients, model, cancellationToken);

    /// <summary>Sends one image and checks its row.</summary>
    public static async Task SendOneAsync(ITestHost gateway, string? model, CancellationToken cancellationToken)
    {
        var row = Assert.Single(await gateway.EmbedAsync(_images, model, cancellationToken));
        KnownAnswers.AssertRight(row);
    }

    /// <summary>Waits until that many more requests were answered; throws what a failed one threw.</summary>
    public async Task WaitForAsync(int answers, CancellationToken cancellationToken)
    {
        var goal = Answered + answers;
        await DuringAsync(Until.TrueAsync(() => Answered >= goal, cancellationToken));
    }

    /// <summary>Waits for something else while the load goes on; throws what a failed request threw.</summary>
    public async Task DuringAsync(params Task[] others) => await await Task.WhenAny(Task.WhenAll(others), _failure.Task);

    /// <summary>Ends the loop once every request that was sent is answered; throws when one failed.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync();
        await Task.WhenAll(_clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _abort.Dispose();
    }

    private async Task RunAsync(ITestHost gateway, string? model)
    {
        try
        {
            while (!_stopped)
            {
                await SendOneAsync(gateway, model, _abort.Token);
                Interlocked.Increment(ref _answered);
            }
        }
        catch (Exception exception)
        {
            _failure.TrySetException(exception);
            throw;
        }
    }
}
