using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

// The public types live in this namespace, and the client's internals both use them and are used by Dinov2Client. So they share the namespace.
namespace Dinov2Cluster.Client;

/// <summary>
/// Embeds images at a Dinov2Cluster gateway. Thread-safe: create one client per gateway and keep it, because it holds the connections.
/// </summary>
/// <remarks>
/// After overload (429, RESOURCE_EXHAUSTED) and when the service can't be reached, the client retries within the call's deadline. It waits as long
/// as the gateway's <c>Retry-After</c> says, plus a random time that grows. Every other failure, and the last failed retry, is a <see cref="Dinov2Exception"/>.
/// </remarks>
public sealed class Dinov2Client : IEmbeddingGenerator<DataContent, Embedding<float>>, IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly ClientServices _services;

    /// <summary>Creates a client over gRPC, with default settings.</summary>
    /// <param name="address">The gateway's gRPC address, such as <c>http://gateway:8081</c>.</param>
    /// <exception cref="ArgumentException">The address is not an absolute <c>http</c> or <c>https</c> URL.</exception>
    public Dinov2Client(Uri address)
        : this(new Dinov2ClientOptions { Address = address })
    {
    }

    /// <summary>Creates a client with the given settings.</summary>
    /// <param name="options">The settings; later changes to them have no effect.</param>
    /// <param name="loggerFactory">Gets the client's log: retries and broken streams.</param>
    /// <param name="timeProvider">Clock of deadlines and waits; the system's clock by default.</param>
    /// <exception cref="ArgumentException">Settings are missing or out of range; the message names all of them.</exception>
    public Dinov2Client(Dinov2ClientOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
        : this(options, loggerFactory, timeProvider, Jitter)
    {
    }

    /// <summary>Creates a client whose waits before retries are as random as a test wants.</summary>
    internal Dinov2Client(Dinov2ClientOptions options, ILoggerFactory? loggerFactory, TimeProvider? timeProvider, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.Copy();
        if (Dinov2ClientOptionsValidator.Failures(options) is [_, ..] failures)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, failures), nameof(options));
        }

        var (loggers, time) = (loggerFactory ?? NullLoggerFactory.Instance, timeProvider ?? TimeProvider.System);
        IEmbedTransport transport = options.Protocol == Dinov2Protocol.Grpc ? new GrpcTransport(options, loggers) : new ScoreTransport(options, time);
        _services = new(options, transport, new RetryPolicy(options, random), time, loggers.CreateLogger<Dinov2Client>());
    }

#pragma warning disable RS0030 // The waits of real clients must differ from each other; tests pass their own source.
    private static Random Jitter => Random.Shared;
#pragma warning restore RS0030

    /// <summary>Embeds one image file that is in memory.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedAsync(ReadOnlyMemory<byte> image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        EmbedAsync(ImageSource.FromBytes(image), options, cancellationToken);

    /// <summary>Embeds one image file, read from the stream's position to its end. The stream is not disposed.</summary>
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
    /// <exception cref="NotSupportedException">The image is a crop, and the client uses HTTP.</exception>
    public async Task<ImageEmbedding> EmbedAsync(ImageSource image, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ThrowIfDisposed();
        var call = EmbedCall.Create(_services.Options, options, EmbedPriority.Interactive);
        using var deadline = new CallDeadline(_services.Time, call.Deadline, cancellationToken, _closing.Token);
        return await deadline.RunAsync(async () =>
        {
            var payload = await _services.OpenAsync(image, deadline.Token);
            var answers = await _services.SendAsync([payload], call, deadline);
            payload.Answered();
            return answers[0] is { Embedding: { } embedding } ? embedding : throw answers[0].Error!;
        });
    }

    /// <summary>
    /// Embeds any number of images, in as many requests as needed. An image that is refused or can't be read fails alone, in its result.
    /// </summary>
    /// <returns>One result per image, in input order. All features are kept in memory; for very many images use <c>EmbedManyAsync</c>.</returns>
    /// <exception cref="Dinov2Exception">The service fails.</exception>
    /// <exception cref="NotSupportedException">An image is a crop, and the client uses HTTP.</exception>
    public async Task<IReadOnlyList<EmbedResult>> EmbedBatchAsync(
        IReadOnlyList<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ThrowIfDisposed();
        var call = EmbedCall.Create(_services.Options, options, EmbedPriority.Interactive);
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
    /// Embeds a stream of images of any length. At most <see cref="Dinov2ClientOptions.Concurrency"/> images are in memory and unanswered, and the
    /// input is read only as fast as results are taken. An image that is refused or can't be read fails alone, in its result.
    /// </summary>
    /// <remarks>
    /// Over gRPC the images share one stream; when it breaks, a new stream takes the unanswered images. Leaving the loop early cancels what is
    /// in flight.
    /// </remarks>
    /// <returns>One result per image, in input order.</returns>
    /// <exception cref="Dinov2Exception">The service fails, or no image is answered within the deadline.</exception>
    /// <exception cref="NotSupportedException">An image is a crop, and the client uses HTTP.</exception>
    public IAsyncEnumerable<EmbedResult> EmbedManyAsync(
        IAsyncEnumerable<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ThrowIfDisposed();
        var call = EmbedCall.Create(_services.Options, options, EmbedPriority.Bulk);
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
    /// Embeds images of <c>Microsoft.Extensions.AI</c>. <see cref="EmbeddingGenerationOptions.ModelId"/> selects the model;
    /// <see cref="EmbeddingGenerationOptions.RawRepresentationFactory"/> may return an <see cref="EmbedOptions"/> for the other options.
    /// </summary>
    /// <exception cref="Dinov2Exception">An image is refused, or the service fails.</exception>
    /// <exception cref="NotSupportedException">
    /// <see cref="EmbeddingGenerationOptions.Dimensions"/> is set, but a model's features have one length; or patch tokens are requested, but an
    /// embedding is one vector.
    /// </exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var embedOptions = EmbeddingAdapter.ToOptions(this, options);
        var images = values.Select(value => ImageSource.FromBytes(value.Data, value.Name)).ToArray();
        var results = await EmbedBatchAsync(images, embedOptions, cancellationToken);
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
            ? new EmbeddingGeneratorMetadata(EmbeddingAdapter.ProviderName, _services.Options.Address, _services.Options.Model)
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Closes the connections; running calls fail.</summary>
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
