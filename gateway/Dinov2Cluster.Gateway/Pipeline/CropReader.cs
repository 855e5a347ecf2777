using System.Collections.Concurrent;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Dinov2Cluster.Imaging.Preprocessing;
using Dinov2Cluster.Imaging.Sources;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Reads images with as many decoders as there are cores. A fetch never holds a decoder.</summary>
internal sealed class CropReader(
    IImageFetcher fetcher,
    IOptions<GatewayOptions> options,
    IOptions<ImagingOptions> imaging,
    GatewayMetrics metrics,
    TimeProvider time) : ICropReader, IDisposable
{
    private readonly SemaphoreSlim _decoders =
        new(options.Value.DecodeParallelism > 0 ? options.Value.DecodeParallelism : Environment.ProcessorCount);

    private readonly SemaphoreSlim _fetches = new(options.Value.FetchParallelism);

    // Models differ in their sizes; the cluster serves few models.
    private readonly ConcurrentDictionary<(int ShortestEdge, int CropSize), ImagePreprocessor> _preprocessors = new();

    /// <inheritdoc/>
    public async Task<LoadedImage> ReadAsync(ImageInput image, ServedModel model, CancellationToken cancellationToken)
    {
        switch (image.Kind)
        {
            case ImageInputKind.Encoded:
                return new(image.Bytes, ImageInputKind.Encoded, Buffer: null, _decoders, await TakeDecoderAsync(cancellationToken));
            case ImageInputKind.Crop:
                return image.Bytes.Length == BytesOfCrop(model)
                    ? new(image.Bytes, ImageInputKind.Crop)
                    : throw new ImageException(ImageErrorKind.WrongSize);
            case ImageInputKind.Url:
                return await FetchAsync(image.Bytes, cancellationToken);
            case ImageInputKind.PixelValues or ImageInputKind.JsonPixelValues:
                return await UndoNormalizationAsync(image, model, cancellationToken);
            case ImageInputKind.JsonText:
                using (var text = image.Unescape())
                {
                    return await ReadTextAsync(text.Memory, cancellationToken);
                }

            default:
                return await ReadTextAsync(image.Bytes, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask DecodeAsync(LoadedImage source, ServedModel model, Memory<byte> crop, CancellationToken cancellationToken)
    {
        if (source.Kind == ImageInputKind.Crop)
        {
            source.Bytes.CopyTo(crop);
        }
        else
        {
            Preprocessor(model).Preprocess(source.Bytes, crop.Span, cancellationToken);
            metrics.ImagePreprocessed(time.GetElapsedTime(source.Start).TotalSeconds);
        }

        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        _decoders.Dispose();
        _fetches.Dispose();
    }

    private static int BytesOfCrop(ServedModel model) => model.CropSize * model.CropSize * 3;

    private async Task<LoadedImage> ReadTextAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        if (ImageString.IsUrl(text.Span))
        {
            return await FetchAsync(text, cancellationToken);
        }

        // Base64 takes a core's time too.
        var start = await TakeDecoderAsync(cancellationToken);
        try
        {
            return new(ImageString.Decode(text.Span, imaging.Value.MaxEncodedBytes), ImageInputKind.Encoded, _decoders, start);
        }
        catch
        {
            _decoders.Release();
            throw;
        }
    }

    private async Task<LoadedImage> FetchAsync(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        using var file = await FetchAsync(ImageString.ParseUrl(utf8.Span), cancellationToken);
        var start = await TakeDecoderAsync(cancellationToken);
        return new(file.Detach(), ImageInputKind.Encoded, _decoders, start);
    }

    private async Task<PooledBuffer> FetchAsync(Uri url, CancellationToken cancellationToken)
    {
        await TakeAsync(_fetches, cancellationToken);
        var start = time.GetTimestamp();
        var succeeded = false;
        try
        {
            var fetched = await fetcher.FetchAsync(url.OriginalString, cancellationToken);
            succeeded = true;
            return fetched;
        }
        finally
        {
            metrics.FetchEnded(succeeded, time.GetElapsedTime(start).TotalSeconds);
            _fetches.Release();
        }
    }

    // The crop is the source: it names the image in the cache, so the same pixels in any form share their features.
    private async Task<LoadedImage> UndoNormalizationAsync(ImageInput image, ServedModel model, CancellationToken cancellationToken)
    {
        var start = await TakeDecoderAsync(cancellationToken);
        try
        {
            using var crop = PooledBuffer.Rent(BytesOfCrop(model));
            PixelValues.ToCrop(image, model.Normalization, crop.Writable.Span);
            metrics.ImagePreprocessed(time.GetElapsedTime(start).TotalSeconds);
            return new(crop.Detach(), ImageInputKind.Crop);
        }
        finally
        {
            _decoders.Release();
        }
    }

    private async Task<long> TakeDecoderAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        await TakeAsync(_decoders, cancellationToken);
        var taken = time.GetTimestamp();
        metrics.DecoderTaken(time.GetElapsedTime(start, taken).TotalSeconds);
        return taken;
    }

    private static async Task TakeAsync(SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            // The slot may come from another row of the same request, which stopped first.
            slots.Release();
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private ImagePreprocessor Preprocessor(ServedModel model) => _preprocessors.GetOrAdd(
        (model.ShortestEdge, model.CropSize),
        static (size, limits) => new ImagePreprocessor(new ImagingOptions
        {
            ShortestEdge = size.ShortestEdge,
            CropSize = size.CropSize,
            MaxEncodedBytes = limits.MaxEncodedBytes,
            MaxPixels = limits.MaxPixels,
        }),
        imaging.Value);
}

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
