using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>
/// One <c>EmbedStream</c> call: reads messages while slots are free, has their images embedded in batches and each answered as soon as it is done. A
/// slot is taken before a message is read, and free again when its answer was sent.
/// </summary>
internal sealed class EmbedStream : IDisposable
{
    /// <summary>Name for the metrics.</summary>
    public const string Protocol = "grpc-stream";

    private readonly EmbedStreamServices _services;
    private readonly IAsyncStreamReader<PooledBuffer> _requests;
    private readonly ServerCallContext _context;
    private readonly SemaphoreSlim _slots;
    private readonly StreamReplies _replies;
    private readonly StreamGroups _batches;
    private readonly CancellationTokenSource _stop;
    // Images that were read without a pause, and go on together.
    private readonly List<StreamImage> _fresh = new(CropBatch.MaxCount);
    private StreamTerms? _terms;

    public EmbedStream(
        EmbedStreamServices services, IAsyncStreamReader<PooledBuffer> requests, IServerStreamWriter<EmbedStreamResponse> responses, ServerCallContext context)
    {
        (_services, _requests, _context) = (services, requests, context);
        var inFlight = services.Options.Value.StreamImagesInFlight;
        _slots = new SemaphoreSlim(inFlight);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        _replies = new StreamReplies(responses, _slots);
        _batches = new StreamGroups(
            // At least two, so that one is decoded while the other is computed.
            Math.Max(2, (inFlight + CropBatch.MaxCount - 1) / CropBatch.MaxCount),
            images => services.Embedder.EmbedAsync(images, _terms!, _replies.Post, _stop.Token));
    }

    /// <summary>Runs the stream to its end. Everything that was read is answered, unless the client is gone.</summary>
    /// <exception cref="EmbeddingException">A message is at fault, not its image: the ones before it are answered.</exception>
    public async Task RunAsync()
    {
        var writing = WriteAsync();
        var reading = ReadAsync();
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Flush();
        await _batches.CompleteAsync();
        _replies.Complete();
        await writing;
        if (await reading)
        {
            _context.ResponseTrailers.Add(GrpcErrors.Reason, "shutting_down");
            _context.Status = new Status(StatusCode.Unavailable, "The gateway is shutting down. What it has read is answered; send the rest to another one.");
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _slots.Dispose();
    }

    private async Task WriteAsync()
    {
        try
        {
            await _replies.RunAsync(_stop.Token);
        }
        catch
        {
            // Without a writer nothing can end well.
            await _stop.CancelAsync();
            throw;
        }
    }

    // True when it ended for a shutdown.
    private async Task<bool> ReadAsync()
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _services.Drain.Begun);
        try
        {
            while (await TakeSlotAsync(reading.Token) && await NextAsync(reading.Token))
            {
                // What is read is answered, so a shutdown does not stop this.
                await AcceptAsync(_requests.Current, _stop.Token);
                if (_fresh.Count == CropBatch.MaxCount)
                {
                    Flush();
                }
            }

            return false;
        }
        catch (OperationCanceledException) when (_services.Drain.HasBegun && !_stop.IsCancellationRequested)
        {
            return true;
        }
    }

    private async ValueTask<bool> TakeSlotAsync(CancellationToken cancellationToken)
    {
        var taken = _slots.WaitAsync(cancellationToken);
        FlushUnless(taken.IsCompleted);
        await taken;
        return true;
    }

    private Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        var next = _requests.MoveNext(cancellationToken);
        FlushUnless(next.IsCompleted);
        return next;
    }

    private async ValueTask AcceptAsync(PooledBuffer request, CancellationToken cancellationToken)
    {
        var message = new HeldMessage(request, _services.Bodies);
        var isKept = false;
        try
        {
            var (id, input, options) = EmbedMessages.ReadStreamRequest(message.Memory);
            Begin(options);
            var readAt = _services.Time.GetTimestamp();
            if (input is null)
            {
                Refuse(id, EmbeddingException.BadRequest("The image has none of 'encoded', 'url' and 'crop'.", "image"));
            }
            else if (!await ReserveAsync(message, readAt, cancellationToken))
            {
                Refuse(id, new EmbeddingException(EmbeddingErrorKind.Overloaded, "The body budget is used up."));
            }
            else
            {
                _fresh.Add(new StreamImage(id, input.Value, message, readAt));
                isKept = true;
            }
        }
        finally
        {
            if (!isKept)
            {
                message.Dispose();
            }
        }
    }

    private void Begin(EmbedOptions? options)
    {
        if (_terms is not null)
        {
            if (options is not null)
            {
                throw EmbeddingException.BadRequest("Only the first message of a stream can have options.", "options");
            }

            return;
        }

        options ??= new EmbedOptions();
        var wanted = EmbedOptionsReader.Options(options) with { NullOnError = true };
        if (!_services.Pipeline.FindModel(options.Model).Gives(wanted.Output))
        {
            throw new EmbeddingException(EmbeddingErrorKind.UnsupportedOutput);
        }

        _terms = new StreamTerms(
            options.Model, wanted, EmbedOptionsReader.ReadPriority(options), _context.GetHttpContext().Features.Get<ICaller>());
    }

    private async ValueTask<bool> ReserveAsync(HeldMessage message, long readAt, CancellationToken cancellationToken)
    {
        while (!message.TryReserve())
        {
            // Those that were read hold memory too: they must not wait for this one.
            Flush();
            if (!await _services.Embedder.WaitAsync(readAt, wait: null, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private void Refuse(ulong id, EmbeddingException error) => _replies.Post(_services.Embedder.Refuse(id, error));

    private void FlushUnless(bool isThere)
    {
        if (!isThere)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_fresh.Count > 0)
        {
            _batches.Add(_fresh);
        }
    }
}
