using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Bench;

/// <summary>Sends one image repeatedly, and counts the answers.</summary>
internal sealed class BenchLoad(Dinov2Client client, BenchPlan plan, ReadOnlyMemory<byte> file, BenchTally tally, TimeProvider time)
{
    // The random gaps of a Poisson process, the same in each run.
    private const int Seed = 1;

    // Real clients also pause after a refusal.
    private static readonly TimeSpan _minPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _maxPause = TimeSpan.FromSeconds(1);

    private readonly ImageSource[] _request = [.. Enumerable.Range(0, plan.ImagesPerRequest).Select(_ => ImageSource.FromBytes(file))];

    /// <summary>Sends requests until the plan's duration is over or the run is stopped, and waits for their answers.</summary>
    /// <returns>The elapsed time.</returns>
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
            // The results so far are still reported.
        }

        return time.GetElapsedTime(began);
    }

    /// <summary>Closed loop: each answer starts the next request.</summary>
    private async Task RepeatAsync(CancellationToken end, CancellationToken cancellationToken)
    {
        while (!end.IsCancellationRequested)
        {
            if (await SendAsync(time.GetTimestamp(), cancellationToken) is { IsTransient: true } error)
            {
                var pause = error.RetryAfter ?? _minPause;
                await Task.Delay(pause < _maxPause ? pause : _maxPause, time, cancellationToken);
            }
        }
    }

    /// <summary>Open loop: requests arrive at random times. The latency counts from the planned start, so that a stall can't hide itself by delaying requests.</summary>
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

    /// <summary>One stream with a fixed number of images in flight. The latency of an image includes the wait for earlier results.</summary>
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
        catch (Dinov2Exception exception)
        {
            // It ends the stream, and so the measurement.
            tally.AddError(exception);
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
            Dinov2Exception[] errors = [];
            if (_request is [var image])
            {
                await client.EmbedAsync(image, cancellationToken: cancellationToken);
            }
            else
            {
                var results = await client.EmbedBatchAsync(_request, cancellationToken: cancellationToken);
                errors = [.. results.Select(result => result.Error).OfType<Dinov2Exception>()];
            }

            Array.ForEach(errors, error => tally.AddError(error));
            tally.AddAnswer(_request.Length - errors.Length, time.GetElapsedTime(began));
            return null;
        }
        catch (Dinov2Exception exception)
        {
            tally.AddError(exception, _request.Length);
            return exception;
        }
    }
}
