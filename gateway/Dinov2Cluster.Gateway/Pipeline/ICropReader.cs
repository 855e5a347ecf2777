using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Turns an image into the crop that enters a model, in two steps: its features may be known once its bytes are.</summary>
internal interface ICropReader
{
    /// <summary>Gets the bytes of an image. Waits for a free fetch, and for a decoder if the image needs one.</summary>
    /// <param name="image">The image.</param>
    /// <param name="model">The model that the crop is for.</param>
    /// <param name="cancellationToken">Stops the waiting and the fetch.</param>
    /// <returns>The bytes, to be disposed soon: they may hold a decoder.</returns>
    /// <exception cref="ImageException">The image was refused.</exception>
    Task<LoadedImage> ReadAsync(ImageInput image, ServedModel model, CancellationToken cancellationToken);

    /// <summary>Decodes and preprocesses an image.</summary>
    /// <param name="source">From <see cref="ReadAsync"/> for the same model.</param>
    /// <param name="model">The model that the crop is for.</param>
    /// <param name="crop">Receives uint8 [size, size, 3].</param>
    /// <param name="cancellationToken">Stops the work, if it is long.</param>
    /// <exception cref="ImageException">The image was refused.</exception>
    ValueTask DecodeAsync(LoadedImage source, ServedModel model, Memory<byte> crop, CancellationToken cancellationToken);
}

/// <summary>The bytes of an image, before they become a crop. Disposing it, once, gives memory and decoder back.</summary>
/// <param name="Bytes">An image file, or a crop.</param>
/// <param name="Kind"><see cref="ImageInputKind.Encoded"/> or <see cref="ImageInputKind.Crop"/>.</param>
/// <param name="Buffer">Holds the bytes, if the request itself does not.</param>
/// <param name="Decoder">The decoder slot that it holds, if any.</param>
/// <param name="Start"><see cref="TimeProvider"/> timestamp at which it got the decoder.</param>
internal sealed record LoadedImage(
    ReadOnlyMemory<byte> Bytes, ImageInputKind Kind, PooledBuffer? Buffer = null, SemaphoreSlim? Decoder = null, long Start = 0) : IDisposable
{
    /// <summary>All bytes of a buffer, which the source owns from now on.</summary>
    public LoadedImage(PooledBuffer buffer, ImageInputKind kind, SemaphoreSlim? decoder = null, long start = 0)
        : this(buffer.Memory, kind, buffer, decoder, start)
    {
    }

    public void Dispose()
    {
        Buffer?.Dispose();
        Decoder?.Release();
    }
}
