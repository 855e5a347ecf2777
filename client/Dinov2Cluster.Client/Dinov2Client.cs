using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

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
    public Dinov2Client(Dinov2ClientOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null) =>
        throw new NotImplementedException();

    /// <summary>Embeds one image file that is in memory.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedAsync(ReadOnlyMemory<byte> image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Embeds one image file, read from the stream's position to its end. The stream isn't disposed.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedAsync(Stream image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Embeds one image that the gateway fetches from an <c>http</c> or <c>https</c> URL.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedAsync(Uri image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Embeds one image file of this machine.</summary>
    /// <inheritdoc cref="EmbedAsync(ImageSource, EmbedOptions?, CancellationToken)"/>
    public Task<ImageEmbedding> EmbedFileAsync(string path, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Embeds one image.</summary>
    /// <exception cref="Dinov2Exception">The image is refused or can't be read, or the service fails.</exception>
    /// <exception cref="NotSupportedException">The image is a crop, and the client speaks HTTP.</exception>
    public Task<ImageEmbedding> EmbedAsync(ImageSource image, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Embeds images, any number of them, in as many requests as it takes. An image that is refused or can't be read fails alone, in its result.
    /// </summary>
    /// <returns>One result for each image, in their order. It keeps all features in memory; for very many use <c>EmbedManyAsync</c>.</returns>
    /// <exception cref="Dinov2Exception">The service fails.</exception>
    /// <exception cref="NotSupportedException">An image is a crop, and the client speaks HTTP.</exception>
    public Task<IReadOnlyList<EmbedResult>> EmbedBatchAsync(
        IReadOnlyList<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

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
        IAsyncEnumerable<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc cref="EmbedManyAsync(IAsyncEnumerable{ImageSource}, EmbedOptions?, CancellationToken)"/>
    public IAsyncEnumerable<EmbedResult> EmbedManyAsync(
        IEnumerable<ImageSource> images, EmbedOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Embeds the images of <c>Microsoft.Extensions.AI</c>. <see cref="EmbeddingGenerationOptions.ModelId"/> picks the model;
    /// <see cref="EmbeddingGenerationOptions.RawRepresentationFactory"/> may give an <see cref="EmbedOptions"/> for the rest.
    /// </summary>
    /// <exception cref="Dinov2Exception">An image is refused, or the service fails.</exception>
    /// <exception cref="NotSupportedException">
    /// <see cref="EmbeddingGenerationOptions.Dimensions"/> is set: a model's features have one length. Or patch tokens are asked for: an embedding
    /// is one vector.
    /// </exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => throw new NotImplementedException();

    /// <summary>Closes the connections; calls under way fail.</summary>
    public void Dispose() => throw new NotImplementedException();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
