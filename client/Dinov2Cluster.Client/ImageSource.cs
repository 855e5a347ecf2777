namespace Dinov2Cluster.Client;

/// <summary>
/// An image to embed. Files and streams are opened only when it is their turn, and only so many at a time, so that a million sources cost
/// little memory.
/// </summary>
public sealed class ImageSource
{
    private ImageSource(string? name) => Name = name;

    /// <summary>The path, the URL, or the name that the caller gave; else null. The gateway doesn't see it.</summary>
    public string? Name { get; }

    /// <summary>Whatever the caller wants to find again in <see cref="EmbedResult.Source"/>.</summary>
    public object? Tag { get; set; }

    /// <summary>An image file in memory: JPEG, PNG, WebP, GIF, BMP or TIFF. The bytes must not change until it is answered.</summary>
    public static ImageSource FromBytes(ReadOnlyMemory<byte> image, string? name = null) => throw new NotImplementedException();

    /// <summary>An image file that is read from a stream's position to its end. The stream isn't disposed.</summary>
    public static ImageSource FromStream(Stream image, string? name = null) => throw new NotImplementedException();

    /// <summary>An image file from a stream that is opened when it is the image's turn, and disposed when it is read.</summary>
    public static ImageSource FromStream(Func<CancellationToken, ValueTask<Stream>> open, string? name = null) => throw new NotImplementedException();

    /// <summary>An image file on this machine.</summary>
    public static ImageSource FromFile(string path) => throw new NotImplementedException();

    /// <summary>An image that the gateway fetches; it must be allowed to reach it.</summary>
    /// <exception cref="ArgumentException">The URL isn't an absolute one of <c>http</c> or <c>https</c>.</exception>
    public static ImageSource FromUri(Uri url) => throw new NotImplementedException();

    /// <summary>
    /// An image that is preprocessed already: uint8 [S, S, 3], RGB, row by row, S being the model's crop size (224). Only over gRPC. The bytes
    /// must not change until it is answered.
    /// </summary>
    public static ImageSource FromCrop(ReadOnlyMemory<byte> pixels, string? name = null) => throw new NotImplementedException();
}
