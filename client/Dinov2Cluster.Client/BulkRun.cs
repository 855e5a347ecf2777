using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace Dinov2Cluster.Client;

/// <summary>
/// One pass over many images: opens each image shortly before it is sent, passes it to a sender, and returns results in input order. Memory is
/// bounded by three limits: open images without an answer, results that wait for an earlier one, and input that is read ahead.
/// </summary>
internal sealed class BulkRun : IAsyncDisposable
{
    private static readonly TimeSpan _endTimeout = TimeSpan.FromSeconds(5);

    private readonly IAsyncEnumerable<ImageSource> _images;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _stopWithCaller;
    private readonly CancellationTokenRegistration _stopWithClient;
    private readonly SemaphoreSlim _slots;
    private readonly Channel<PendingImage> _order;
    private readonly Channel<PendingImage> _ready = Channel.CreateUnbounded<PendingImage>();
    private readonly StallWatch _stall;
    private readonly Task _work;
    private ExceptionDispatchInfo? _failure;

    // Unanswered images, plus one until the input ends.
    private int _open = 1;

    /// <summary>Starts the run.</summary>
    /// <param name="services">What all calls of the client share.</param>
    /// <param name="images">The input.</param>
    /// <param name="sender">Sends the images and reports the answers.</param>
    /// <param name="call">What to ask for.</param>
    /// <param name="cancellationToken">The caller's cancellation.</param>
    /// <param name="closing">Canceled when the client is disposed.</param>
    public BulkRun(
        ClientServices services,
        IAsyncEnumerable<ImageSource> images,
        IBulkSender sender,
        EmbedCall call,
        CancellationToken cancellationToken,
        CancellationToken closing)
    {
        (Services, _images, _cancellationToken) = (services, images, cancellationToken);
        var concurrency = services.Options.Concurrency;
        // Not a linked source: it would have to be disposed, and a late failure may still cancel this one.
        _stopWithCaller = cancellationToken.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        _stopWithClient = closing.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        _slots = new SemaphoreSlim(concurrency);
        // As many results may wait for a slow image as images may be in flight.
        _order = Channel.CreateBounded<PendingImage>(2 * concurrency);
        _stall = new StallWatch(services.Time, call.Deadline, () => Fail(new Dinov2Exception(
            Dinov2ErrorKind.DeadlineExceeded, $"No image was answered within {call.Deadline}.")));
        _work = Task.WhenAll(Task.Run(ReadAsync), Task.Run(() => GuardAsync(() => sender.SendAsync(this, call, _stop.Token))));
    }

    /// <summary>Open images that must be sent. It completes when every image of the input has its answer.</summary>
    public ChannelReader<PendingImage> Ready => _ready.Reader;

    /// <summary>Time until the run fails, unless an image is answered before.</summary>
    public TimeSpan Remaining => _stall.Remaining;

    /// <summary>What all calls of the client share.</summary>
    public ClientServices Services { get; }

    /// <summary>Sets the answer of an image.</summary>
    public void Answer(PendingImage image, ImageAnswer answer)
    {
        _stall.Answered();
        image.Payload.Answered();
        Complete(image, answer);
    }

    /// <summary>Sends an image again after a delay, when the gateway can't answer it now.</summary>
    /// <returns>False when no retry is left.</returns>
    public bool TryPostpone(PendingImage image, Dinov2Exception error)
    {
        if (Services.Retry.Delay(error, image.Retries, Remaining) is not { } delay)
        {
            return false;
        }

        image.Retries++;
        Dinov2ClientLog.Retrying(Services.Logger, error.Kind, error.Message, delay.TotalSeconds, image.Retries);
        _ = GuardAsync(async () =>
        {
            await Task.Delay(delay, Services.Time, _stop.Token);
            _ready.Writer.TryWrite(image);
        });
        return true;
    }

    /// <summary>Returns the next result in input order; null at the end. After a failure, results that were ready come first.</summary>
    public async Task<EmbedResult?> NextAsync()
    {
        try
        {
            PendingImage? image;
            while (!_order.Reader.TryRead(out image))
            {
                if (!await _order.Reader.WaitToReadAsync(_stop.Token))
                {
                    // The input also ends when the run is stopped.
                    _stop.Token.ThrowIfCancellationRequested();
                    await EndAsync();
                    return null;
                }
            }

            return await image.Result.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            _failure?.Throw();
            throw new ObjectDisposedException(nameof(Dinov2Client));
        }
    }

    /// <summary>Runs a part of the work. When it fails, the whole run fails.</summary>
    public async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // NextAsync reports the reason.
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>Cancels everything that is still running, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stall.Dispose();
        await _stopWithCaller.DisposeAsync();
        await _stopWithClient.DisposeAsync();
    }

    // The gateway should see the stream end, not break. But everything is answered, so a stream that doesn't end in time is dropped.
    private async Task EndAsync() =>
        await _work.WaitAsync(_endTimeout, Services.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task ReadAsync()
    {
        Exception? fault = null;
        try
        {
            await using var images = _images.GetAsyncEnumerator(_stop.Token);
            for (var index = 0L; ; index++)
            {
                await _slots.WaitAsync(_stop.Token);
                if (!await images.MoveNextAsync())
                {
                    break;
                }

                var image = new PendingImage(index, images.Current ?? throw new ArgumentException($"Image {index} is null.", nameof(images)));
                Interlocked.Increment(ref _open);
                await _order.Writer.WriteAsync(image, _stop.Token);
                _ = GuardAsync(() => OpenAsync(image));
            }
        }
        catch (Exception exception)
        {
            fault = exception;
        }

        // The caller gets the results of the images before an input fault, then the fault.
        _order.Writer.Complete(fault is OperationCanceledException && _stop.IsCancellationRequested ? null : fault);
        Closed();
    }

    private async Task OpenAsync(PendingImage image)
    {
        try
        {
            image.Payload = await Services.OpenAsync(image.Source, _stop.Token);
        }
        catch (Dinov2Exception exception)
        {
            Complete(image, new(null, exception));
            return;
        }

        _stall.Began();
        _ready.Writer.TryWrite(image);
    }

    private void Complete(PendingImage image, ImageAnswer answer)
    {
        image.SetResult(answer.Embedding is { } embedding
            ? new EmbedResult(image.Index, image.Source, embedding)
            : new EmbedResult(image.Index, image.Source, answer.Error!));
        _slots.Release();
        Closed();
    }

    private void Closed()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _ready.Writer.TryComplete();
        }
    }

    private void Fail(Exception exception)
    {
        Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        _stop.Cancel();
    }
}
