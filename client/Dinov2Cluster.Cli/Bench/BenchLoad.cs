using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Bench;

/// <summary>Sends one image over and over, and counts what comes back.</summary>
internal sealed class BenchLoad(Dinov2Client client, BenchPlan plan, ReadOnlyMemory<byte> file, BenchTally tally, TimeProvider time)
{
    // A gateway that refuses is not asked again at once, as no real client does.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // The random gaps of a Poisson process, the same in each run.
    private const int Seed = 1;

    private readonly ImageSource[] _request = [.. Enumerable.Range(0, plan.ImagesPerRequest).Select(_ => ImageSource.FromBytes(file))];

    /// <summary>Sends requests until the plan's time is over or the run is stopped, and waits for their answers.</summary>
    /// <returns>The time that it took.</returns>
    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(plan.Duration, time);
        var began = time.GetTimestamp();
        try
        {
            await (plan switch
            {
                { Rate: { } rate } => ArriveAsync(rate / plan.ImagesPerRequest, end.Token, cancellationToken),
                { Protocol: BenchPlan.Stream } => StreamAsync(end.Token, cancellationToken),
                _ => Task.WhenAll(Enumerable.Range(0, plan.Concurrency).Select(_ => Task.Run(() => RepeatAsync(end.Token, cancellationToken), cancellationToken))),
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What was measured until then is worth telling.
        }

        return time.GetElapsedTime(began);
    }

    /// <summary>Closed loop: each answer lets the next request go.</summary>
    private async Task RepeatAsync(CancellationToken end, CancellationToken cancellationToken)
    {
        while (!end.IsCancellationRequested)
        {
            if (await SendAsync(time.GetTimestamp(), cancellationToken) is { IsTransient: true } error)
            {
                var asked = error.RetryAfter ?? ShortestPause;
                await Task.Delay(asked < LongestPause ? asked : LongestPause, time, cancellationToken);
            }
        }
    }

    /// <summary>Open arrival: requests come when they come. Their time begins when they should go, so that a stall is not hidden by its own delay.</summary>
    private async Task ArriveAsync(double requestsPerSecond, CancellationToken end, CancellationToken cancellationToken)
    {
        var random = new Random(Seed);
        using var slots = new SemaphoreSlim(BenchPlan.MaxOpenRequests);
        var due = time.GetTimestamp();
        while (true)
        {
            due += (long)(-Math.Log(1 - random.NextDouble()) / requestsPerSecond * time.TimestampFrequency);
            var wait = time.GetElapsedTime(time.GetTimestamp(), due);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, end).ContinueWith(static _ => { }, cancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            if (end.IsCancellationRequested)
            {
                break;
            }

            if (slots.Wait(0, cancellationToken))
            {
                _ = SendInSlotAsync(due);
            }
            else
            {
                tally.AddError("not_sent", plan.ImagesPerRequest);
            }
        }

        for (var i = 0; i < BenchPlan.MaxOpenRequests; i++)
        {
            await slots.WaitAsync(cancellationToken);
        }

        async Task SendInSlotAsync(long began)
        {
            try
            {
                await SendAsync(began, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // The run is stopped.
            }
            finally
            {
                slots.Release();
            }
        }
    }

    /// <summary>One stream: as many images in it as are wanted at once. An image's time is until its result comes in the input's order.</summary>
    private async Task StreamAsync(CancellationToken end, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var result in client.EmbedManyAsync(Images(end), new EmbedOptions(), cancellationToken))
            {
                if (result.Error is { } error)
                {
                    tally.AddError(error);
                }
                else
                {
                    tally.AddAnswer(1, time.GetElapsedTime((long)result.Source.Tag!));
                }
            }
        }
        catch (Dinov2Exception error)
        {
            // The stream is over, and with it the measurement.
            tally.AddError(error);
        }
    }

    private IEnumerable<ImageSource> Images(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var image = ImageSource.FromBytes(file);
            image.Tag = time.GetTimestamp();
            yield return image;
        }
    }

    private async Task<Dinov2Exception?> SendAsync(long began, CancellationToken cancellationToken)
    {
        try
        {
            var results = _request.Length > 1 ? await client.EmbedBatchAsync(_request, cancellationToken: cancellationToken) : [];
            if (_request.Length == 1)
            {
                await client.EmbedAsync(_request[0], cancellationToken: cancellationToken);
            }

            foreach (var error in results.Select(result => result.Error).OfType<Dinov2Exception>())
            {
                tally.AddError(error);
            }

            tally.AddAnswer(_request.Length - results.Count(result => !result.IsSuccess), time.GetElapsedTime(began));
            return null;
        }
        catch (Dinov2Exception error)
        {
            tally.AddError(error, _request.Length);
            return error;
        }
    }
}
