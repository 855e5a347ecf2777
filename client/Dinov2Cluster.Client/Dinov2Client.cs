using System.Runtime.CompilerServices;
using Dinov2Cluster.Client.Bulk;
using Dinov2Cluster.Client.Retry;
using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Sources;
using Dinov2Cluster.Client.Transport;
using Dinov2Cluster.Client.Transport.Grpc;
using Dinov2Cluster.Client.Transport.Score;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dinov2Cluster.Client;

/// <summary>
/// Embeds images at a Dinov2Cluster gateway. Thread-safe: make one for each gateway and keep it, it holds the connections.
/// </summary>
/// <remarks>
/// Overload (429, RESOURCE_EXHAUSTED) and a service that can't be reached are tried again within the call's deadline, after what the gateway's
/// <c>Retry-After</c> says and a random wait that grows. Whatever fails then, or fails otherwise, is a <see cref="Dinov2Exception"/>.
/// </remarks>
public sealed class Dinov2Client : IEmbeddingGenerator<DataContent, Embedding<float>>, IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly BulkServices _services;

    /// <summary>A client over gRPC, with default settings.</summary>
    /// <param name="address">The gateway's gRPC address, such as <c>http://gateway:8081</c>.</param>
    /// <exception cref="ArgumentException">The address isn't an absolute one of <c>http</c> or <c>https</c>.</exception>
    public Dinov2Client(Uri address)
        : this(new Dinov2ClientOptions { Address = address })
    {
    }

    /// <summary>A client with the given settings.</summary>
    /// <param name="options">The settings; later changes to them have no effect.</param>
    /// <param name="loggerFactory">Takes what the client logs: retries and broken streams.</param>
    /// <param name="timeProvider">Measures deadlines and waits; the system's clock by default.</param>
    /// <exception cref="ArgumentException">A setting is missing or out of its range; the message names all such.</exception>
    public Dinov2Client(Dinov2ClientOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
        : this(options, loggerFactory, timeProvider, Jitter)
    {
    }

    /// <summary>A client whose waits before retries are as random as the tests want.</summary>
    internal Dinov2Client(Dinov2ClientOptions options, ILoggerFactory? loggerFactory, TimeProvider? timeProvider, Random random)
    {
        var settings = ClientSettings.From(options);
        var (loggers, time) = (loggerFactory ?? NullLoggerFactory.Instance, timeProvider ?? TimeProvider.System);
        IEmbedTransport transport = settings.Protocol == Dinov2Protocol.Grpc ? new GrpcTransport(settings, loggers) : new ScoreTransport(settings, time);
        var retry = new RetryPolicy(settings, random);
        var logger = loggers.CreateLogger<Dinov2Client>();
        _services = new(settings, transport, retry, new RetryingSender(transport, retry, time, logger), time, logger);
    }

#pragma warning disable RS0030 // Waits of real clients must differ from each other; tests pass their own.
    private static Random Jitter => Random.Shared;
#pragma warning restore RS0030

    /// <summary>Embeds one image file that is in memory.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedAsync(ReadOnlyMemory<byte> image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        EmbedAsync(ImageSource.FromBytes(image), options, cancellationToken);

    /// <summary>Embeds one image file, read from the stream's position to its end. The stream isn't disposed.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedAsync(Stream image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        EmbedAsync(ImageSource.FromStream(image), options, cancellationToken);

    /// <summary>Embeds one image that the gateway fetches from an <c>http</c> or <c>https</c> URL.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedAsync(Uri image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        EmbedAsync(ImageSource.FromUri(image), options, cancellationToken);

    /// <summary>Embeds one image file of this machine.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedFileAsync(string path, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        EmbedAsync(ImageSource.FromFile(path), options, cancellationToken);

    /// <summary>Embeds one image.</summary>
    /// <exception cref="Dinov2Exception">The image is refused or can't be read, or the service fails.</exception>
    /// <exception cref="NotSupportedException">The image is a crop, and the client speaks HTTP.</exception>
    public async Task<ImageEmbedding> EmbedAsync(ImageSource image, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ThrowIfDisposed();
        var call = EmbedCall.Create(_services.Settings, options, EmbedPriority.Interactive);
        using var deadline = new CallDeadline(_services.Time, call.Deadline, cancellationToken, _closing.Token);
        return await deadline.RunAsync(async () =>
        {
            var payload = await image.OpenAsync(_services.Settings.MaxImageBytes, deadline.Token);
            if (payload.Kind == ImageKind.Crop && !_services.Transport.TakesCrops)
            {
                throw CropsNeedGrpc();
            }

            var answers = await _services.Sender.SendAsync([payload], call, deadline);
            payload.Answered();
            return answers[0] is { Embedding: { } embedding } ? embedding : throw answers[0].Error!;
        });
    }

    /// <summary>
    /// Embeds images, any number of them, in as many requests as it takes. An image that is refused or can't be read fails alone, in its result.
    /// </summary>
    /// <returns>One result for each image, in their order. It keeps all features in memory; for very many use <c>EmbedManyAsync</c>.</returns>
    /// <exception cref="Dinov2Exception">The service fails.</exception>
    /// <exception cref="NotSupportedException">An image is a crop, and the client speaks HTTP.</exception>
    public async Task<IReadOnlyList<EmbedResult>> EmbedBatchAsync(
        IReadOnlyList<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ThrowIfDisposed();
        var call = EmbedCall.Create(_services.Settings, options, EmbedPriority.Interactive);
        using var deadline = new CallDeadline(_services.Time, call.Deadline, cancellationToken, _closing.Token);
        return await deadline.RunAsync(async () =>
        {
            var results = new List<EmbedResult>(images.Count);
            await foreach (var result in RunAsync(images.ToAsyncEnumerable(), new RequestBulkSender(deadline), call, deadline.Token))
            {
                results.Add(result);
            }

            return results;
        });
    }

    /// <summary>
    /// Embeds images as they come, without end if need be: at most <see cref="Dinov2ClientOptions.Concurrency"/> are in memory and unanswered, and
    /// the input is read no further until results are taken. An image that is refused or can't be read fails alone, in its result.
    /// </summary>
    /// <remarks>
    /// Over gRPC the images share one stream; when it breaks, a new one takes the images that aren't answered. Leaving the loop early
    /// cancels what is under way.
    /// </remarks>
    /// <returns>One result for each image, in their order.</returns>
    /// <exception cref="Dinov2Exception">The service fails, or answers no image for as long as the deadline.</exception>
    /// <exception cref="NotSupportedException">An image is a crop, and the client speaks HTTP.</exception>
    public IAsyncEnumerable<EmbedResult> EmbedManyAsync(
        IAsyncEnumerable<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ThrowIfDisposed();
        var call = EmbedCall.Create(_services.Settings, options, EmbedPriority.Bulk);
        return RunAsync(images, _services.Transport.CreateBulkSender() ?? new RequestBulkSender(whole: null), call, cancellationToken);
    }

    /// <inheritdoc cref="EmbedManyAsync(IAsyncEnumerable{ImageSource}, EmbedOptions?, CancellationToken)"/>
    public IAsyncEnumerable<EmbedResult> EmbedManyAsync(
        IEnumerable<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return EmbedManyAsync(images.ToAsyncEnumerable(), options, cancellationToken);
    }

    /// <summary>
    /// Embeds the images of <c>Microsoft.Extensions.AI</c>. <see cref="EmbeddingGenerationOptions.ModelId"/> picks the model;
    /// <see cref="EmbeddingGenerationOptions.RawRepresentationFactory"/> may give an <see cref="EmbedOptions"/> for the rest.
    /// </summary>
    /// <exception cref="Dinov2Exception">An image is refused, or the service fails.</exception>
    /// <exception cref="NotSupportedException">
    /// <see cref="EmbeddingGenerationOptions.Dimensions"/> is set: a model's features have one length. Or patch tokens are asked for: an embedding
    /// is one vector.
    /// </exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var wanted = EmbeddingAdapter.ToOptions(this, options);
        var images = values.Select(value => ImageSource.FromBytes(value.Data, value.Name)).ToArray();
        var results = await EmbedBatchAsync(images, wanted, cancellationToken);
        return EmbeddingAdapter.ToEmbeddings(results, _services.Time.GetUtcNow());
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
        {
            return null;
        }

        return serviceType == typeof(EmbeddingGeneratorMetadata)
            ? new EmbeddingGeneratorMetadata(EmbeddingAdapter.ProviderName, _services.Settings.Address, _services.Settings.Model)
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Closes the connections; calls under way fail.</summary>
    public void Dispose()
    {
        if (!_closing.IsCancellationRequested)
        {
            _closing.Cancel();
            _services.Transport.Dispose();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The error of a crop over HTTP.</summary>
    internal static NotSupportedException CropsNeedGrpc() =>
        new($"Crops can be sent over gRPC only: set {nameof(Dinov2ClientOptions)}.{nameof(Dinov2ClientOptions.Protocol)} to {nameof(Dinov2Protocol.Grpc)}.");

    private async IAsyncEnumerable<EmbedResult> RunAsync(
        IAsyncEnumerable<ImageSource> images, IBulkSender sender, EmbedCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var run = new BulkRun(_services, images, sender, call, cancellationToken, _closing.Token);
        while (await run.NextAsync() is { } result)
        {
            yield return result;
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
}
