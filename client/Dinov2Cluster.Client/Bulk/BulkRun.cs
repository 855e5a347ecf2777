using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Transport;

namespace Dinov2Cluster.Client.Bulk;

/// <summary>
/// One pass over many images: opens them when it is their turn, hands them to a sender, and gives results in the input's order. Three bounds keep
/// its memory small: images that are open and unanswered, results that wait for an earlier one, and the input that is read no further meanwhile.
/// </summary>
internal sealed class BulkRun : IAsyncDisposable
{
    private static readonly TimeSpan _longestEnd = TimeSpan.FromSeconds(5);

    private readonly BulkServices _services;
    private readonly IAsyncEnumerable<ImageSource> _images;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _stopWithCaller;
    private readonly CancellationTokenRegistration _stopWithClient;
    private readonly SemaphoreSlim _slots;
    private readonly Channel<PendingImage> _order;
    private readonly Channel<PendingImage> _ready = Channel.CreateUnbounded<PendingImage>();
    private readonly StallWatch _stall;
    private readonly Task _work;
    private ExceptionDispatchInfo? _failure;

    // Images without an answer, and one for the input while it isn't at its end.
    private int _open = 1;

    /// <summary>Starts the run.</summary>
    /// <param name="services">What the client's runs share.</param>
    /// <param name="images">The input.</param>
    /// <param name="sender">Gets the images answered.</param>
    /// <param name="call">What to ask for.</param>
    /// <param name="caller">The caller's cancellation.</param>
    /// <param name="closing">The client's end.</param>
    public BulkRun(
        BulkServices services, IAsyncEnumerable<ImageSource> images, IBulkSender sender, EmbedCall call, CancellationToken caller, CancellationToken closing)
    {
        (_services, _images, _caller) = (services, images, caller);
        var concurrency = services.Settings.Concurrency;
        // Not a linked source: that would have to be disposed, and a late failure may still cancel this one.
        _stopWithCaller = caller.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        _stopWithClient = closing.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        _slots = new SemaphoreSlim(concurrency);
        // As many results may wait for a slow image as images may be in work.
        _order = Channel.CreateBounded<PendingImage>(2 * concurrency);
        _stall = new StallWatch(services.Time, call.Deadline, () => Fail(new Dinov2Exception(
            Dinov2ErrorKind.DeadlineExceeded, $"No image was answered within {call.Deadline}.")));
        _work = Task.WhenAll(Task.Run(ReadAsync), Task.Run(() => GuardAsync(() => sender.SendAsync(this, call, _stop.Token))));
    }

    /// <summary>Images that are open and to be sent. It ends when every image of the input has its answer.</summary>
    public ChannelReader<PendingImage> Ready => _ready.Reader;

    /// <summary>Time until the run gives up, unless an image is answered.</summary>
    public TimeSpan Remaining => _stall.Remaining;

    /// <summary>What the client's runs share.</summary>
    public BulkServices Services => _services;

    /// <summary>Gives an image that was sent its answer.</summary>
    public void Answer(PendingImage image, ImageAnswer answer)
    {
        _stall.Answered();
        image.Payload.Answered();
        Complete(image, answer);
    }

    /// <summary>Sends an image again later, when it is the gateway that can't answer it now.</summary>
    /// <returns>False when it has been tried often enough.</returns>
    public bool TryPostpone(PendingImage image, Dinov2Exception error)
    {
        if (_services.Retry.Delay(error, image.Retries, Remaining) is not { } delay)
        {
            return false;
        }

        image.Retries++;
        Dinov2ClientLog.Retrying(_services.Logger, error.Kind, error.Message, delay.TotalSeconds, image.Retries);
        _ = GuardAsync(async () =>
        {
            await Task.Delay(delay, _services.Time, _stop.Token);
            _ready.Writer.TryWrite(image);
        });
        return true;
    }

    /// <summary>The next result in order; null at the end. After a failure, first what was answered before it.</summary>
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
            _caller.ThrowIfCancellationRequested();
            _failure?.Throw();
            throw new ObjectDisposedException(nameof(Dinov2Client));
        }
    }

    /// <summary>Does a part of the run's work. If it fails, the run fails.</summary>
    public async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The run ends, and says itself why.
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>Ends whatever is still under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stall.Dispose();
        await _stopWithCaller.DisposeAsync();
        await _stopWithClient.DisposeAsync();
    }

    // The gateway should see the stream end, not break; but everything is answered, so one that doesn't end it isn't waited for.
    private async Task EndAsync() =>
        await _work.WaitAsync(_longestEnd, _services.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

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

        // The input's own fault comes after the results of what it gave before.
        _order.Writer.Complete(fault is OperationCanceledException && _stop.IsCancellationRequested ? null : fault);
        Closed();
    }

    private async Task OpenAsync(PendingImage image)
    {
        try
        {
            image.Payload = await image.Source.OpenAsync(_services.Settings.MaxImageBytes, _stop.Token);
        }
        catch (Dinov2Exception error)
        {
            Complete(image, new(null, error));
            return;
        }

        if (image.Payload.Kind == Sources.ImageKind.Crop && !_services.Transport.TakesCrops)
        {
            throw Dinov2Client.CropsNeedGrpc();
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
