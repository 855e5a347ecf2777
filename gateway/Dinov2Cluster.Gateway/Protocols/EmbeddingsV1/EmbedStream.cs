using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>
/// One <c>EmbedStream</c> call: reads messages while slots are free, embeds their images in groups, and answers each image as soon as it is done. A slot
/// is taken before a message is read, and is free again when the answer was sent.
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
    private readonly StreamGroups _groups;
    private readonly CancellationTokenSource _stop;
    // Images that were read without a pause, and stay together.
    private readonly List<StreamImage> _fresh = new(CropGroup.MaxCount);
    private StreamTerms? _terms;

    public EmbedStream(
        EmbedStreamServices services, IAsyncStreamReader<PooledBuffer> requests, IServerStreamWriter<EmbedStreamResponse> responses, ServerCallContext context)
    {
        (_services, _requests, _context) = (services, requests, context);
        var inFlight = services.Options.Value.StreamImagesInFlight;
        _slots = new SemaphoreSlim(inFlight);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        _replies = new StreamReplies(responses, _slots);
        _groups = new StreamGroups(
            // At least two: one is decoded while the other is computed.
            Math.Max(2, (inFlight + CropGroup.MaxCount - 1) / CropGroup.MaxCount),
            images => services.Embedder.EmbedAsync(images, _terms!, _replies.Post, _stop.Token));
    }

    /// <summary>Runs the stream to its end. Everything that was read is answered, unless the client is gone.</summary>
    /// <exception cref="EmbeddingException">A message is malformed. The ones before it are answered.</exception>
    public async Task RunAsync()
    {
        var writing = WriteAsync();
        var reading = ReadAsync();
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Flush();
        await _groups.CompleteAsync();
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
            // No answer can be sent any more.
            await _stop.CancelAsync();
            throw;
        }
    }

    // True when a shutdown ended it.
    private async Task<bool> ReadAsync()
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _services.Drain.Begun);
        try
        {
            while (true)
            {
                await FlushUnlessCompleted(_slots.WaitAsync(reading.Token));
                if (!await FlushUnlessCompleted(_requests.MoveNext(reading.Token)))
                {
                    return false;
                }

                // A message that was read is answered, so a shutdown does not stop this.
                await AcceptAsync(_requests.Current, _stop.Token);
                if (_fresh.Count == CropGroup.MaxCount)
                {
                    Flush();
                }
            }
        }
        catch (OperationCanceledException) when (_services.Drain.HasBegun && !_stop.IsCancellationRequested)
        {
            return true;
        }
    }

    private async ValueTask AcceptAsync(PooledBuffer request, CancellationToken cancellationToken)
    {
        var message = _services.Bodies.Lease(request);
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
            else if (!await ReserveAsync(message, request.Length, readAt, cancellationToken))
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

    private async ValueTask<bool> ReserveAsync(BodyBudget.ByteLease message, int length, long readAt, CancellationToken cancellationToken)
    {
        while (!message.TryGrow(length))
        {
            // Earlier messages hold memory too: they must not wait for this one.
            Flush();
            if (!await _services.Embedder.WaitAsync(readAt, wait: null, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private void Refuse(ulong id, EmbeddingException error) => _replies.Post(_services.Embedder.Refuse(id, error));

    // Images that were read don't wait for the next one.
    private TTask FlushUnlessCompleted<TTask>(TTask next)
        where TTask : Task
    {
        if (!next.IsCompleted)
        {
            Flush();
        }

        return next;
    }

    private void Flush()
    {
        if (_fresh.Count > 0)
        {
            _groups.Add(_fresh);
        }
    }
}

/// <summary>What all streams share.</summary>
internal sealed record EmbedStreamServices(
    EmbeddingPipeline Pipeline,
    StreamEmbedder Embedder,
    BodyBudget Bodies,
    GatewayDrain Drain,
    IOptions<GatewayOptions> Options,
    TimeProvider Time);
