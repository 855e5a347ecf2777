using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client;

/// <summary>
/// An image to embed. Files and streams are opened shortly before they are sent, and only a limited number at a time, so that a million sources
/// cost little memory.
/// </summary>
public sealed class ImageSource
{
    private readonly Func<int, CancellationToken, ValueTask<ImagePayload>> _open;

    private ImageSource(string? name, Func<int, CancellationToken, ValueTask<ImagePayload>> open) => (Name, _open) = (name, open);

    /// <summary>The path, the URL, or the caller's name for the image; else null. It is not sent to the gateway.</summary>
    public string? Name { get; }

    /// <summary>Any value of the caller, available again in <see cref="EmbedResult.Source"/>.</summary>
    public object? Tag { get; set; }

    /// <summary>An image file in memory: JPEG, PNG, WebP, GIF, BMP or TIFF. The bytes must not change until it is answered.</summary>
    public static ImageSource FromBytes(ReadOnlyMemory<byte> image, string? name = null) => InMemory(ImageKind.Encoded, image, name);

    /// <summary>An image file that is read, once, from a stream's position to its end. The stream is not disposed.</summary>
    public static ImageSource FromStream(Stream image, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new(name, (maxBytes, cancellationToken) => ReadAsync(image, maxBytes, cancellationToken));
    }

    /// <summary>An image file from a stream that is opened shortly before it is sent, and disposed after it is read.</summary>
    public static ImageSource FromStream(Func<CancellationToken, ValueTask<Stream>> open, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        return new(name, async (maxBytes, cancellationToken) =>
        {
            await using var stream = await open(cancellationToken);
            return await ReadAsync(stream, maxBytes, cancellationToken);
        });
    }

    /// <summary>An image file on this machine.</summary>
    public static ImageSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(path, async (maxBytes, cancellationToken) =>
        {
            // No buffer of its own: the file is read in one piece.
            await using var file = new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
            return await ReadAsync(file, maxBytes, cancellationToken);
        });
    }

    /// <summary>An image that the gateway fetches; its configuration must allow the URL.</summary>
    /// <exception cref="ArgumentException">The URL is not an absolute <c>http</c> or <c>https</c> URL.</exception>
    public static ImageSource FromUri(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            throw new ArgumentException("The URL of an image must be an absolute http or https URL.", nameof(url));
        }

        var payload = new ImagePayload(ImageKind.Url, default, url.AbsoluteUri);
        return new(url.AbsoluteUri, (_, _) => ValueTask.FromResult(payload));
    }

    /// <summary>
    /// A preprocessed image: uint8 [S, S, 3], RGB, row by row, where S is the model's crop size (224). Only over gRPC. The bytes must not change
    /// until it is answered.
    /// </summary>
    public static ImageSource FromCrop(ReadOnlyMemory<byte> pixels, string? name = null) => InMemory(ImageKind.Crop, pixels, name);

    /// <summary>Reads the image.</summary>
    /// <exception cref="Dinov2Exception">It can't be read, or is larger than <paramref name="maxBytes"/>.</exception>
    internal async ValueTask<ImagePayload> OpenAsync(int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            return await _open(maxBytes, cancellationToken);
        }
        catch (Exception exception) when (exception is not Dinov2Exception && !cancellationToken.IsCancellationRequested)
        {
            throw new Dinov2Exception(Dinov2ErrorKind.UnreadableSource, $"The image can't be read: {exception.Message}", exception);
        }
    }

    private static ImageSource InMemory(ImageKind kind, ReadOnlyMemory<byte> data, string? name) => new(name, (maxBytes, _) =>
        data.Length <= maxBytes ? ValueTask.FromResult(new ImagePayload(kind, data)) : throw TooLarge(maxBytes));

    private static async ValueTask<ImagePayload> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        var bytes = await PooledBytes.ReadAsync(stream, maxBytes, cancellationToken) ?? throw TooLarge(maxBytes);
        return new(ImageKind.Encoded, bytes.Written, Pooled: bytes);
    }

    private static Dinov2Exception TooLarge(int maxBytes) =>
        new(Dinov2ErrorKind.InvalidImage, $"The image has more than {maxBytes} bytes ({nameof(Dinov2ClientOptions.MaxImageBytes)}).") { Reason = "too_large" };
}
