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

/// <summary>Reads images with as many decoders as there are cores, and fetches that never hold one.</summary>
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
    public async Task ReadAsync(ImageInput image, ServedModel model, ICropTarget target, CancellationToken cancellationToken)
    {
        switch (image.Kind)
        {
            case ImageInputKind.Encoded:
                ThrowIfUnfit(image.Bytes);
                await DecodeAsync(image.Bytes, text: default, model, target, cancellationToken);
                break;
            case ImageInputKind.Crop:
                Copy(image.Bytes.Span, model, target);
                break;
            case ImageInputKind.Url:
                await ReadUrlAsync(image.Bytes, model, target, cancellationToken);
                break;
            case ImageInputKind.PixelValues or ImageInputKind.JsonPixelValues:
                await UndoNormalizationAsync(image, model, target, cancellationToken);
                break;
            case ImageInputKind.JsonText:
                using (var text = image.Unescape())
                {
                    await ReadTextAsync(text.Memory, model, target, cancellationToken);
                }

                break;
            default:
                await ReadTextAsync(image.Bytes, model, target, cancellationToken);
                break;
        }
    }

    public void Dispose()
    {
        _decoders.Dispose();
        _fetches.Dispose();
    }

    private Task ReadTextAsync(ReadOnlyMemory<byte> text, ServedModel model, ICropTarget target, CancellationToken cancellationToken) =>
        ImageString.IsUrl(text.Span)
            ? ReadUrlAsync(text, model, target, cancellationToken)
            : DecodeAsync(encoded: default, text, model, target, cancellationToken);

    private async Task ReadUrlAsync(ReadOnlyMemory<byte> url, ServedModel model, ICropTarget target, CancellationToken cancellationToken)
    {
        using var fetched = await FetchAsync(url, cancellationToken);
        await DecodeAsync(fetched.Memory, text: default, model, target, cancellationToken);
    }

    // One of the two is empty: the base64 of a file is decoded here too, since that takes a core's time.
    private async Task DecodeAsync(
        ReadOnlyMemory<byte> encoded, ReadOnlyMemory<byte> text, ServedModel model, ICropTarget target, CancellationToken cancellationToken)
    {
        await TakeDecoderAsync(cancellationToken);
        try
        {
            // The slot may come from another row of the same request, which stopped first.
            cancellationToken.ThrowIfCancellationRequested();
            var start = time.GetTimestamp();
            using var decoded = encoded.IsEmpty ? ImageString.Decode(text.Span, imaging.Value.MaxEncodedBytes) : null;
            var file = decoded?.Memory ?? encoded;
            if (target.TryPlace(file.Span, ImageInputKind.Encoded, out var crop))
            {
                Preprocessor(model).Preprocess(file, crop.Span, cancellationToken);
                metrics.ImagePreprocessed(time.GetElapsedTime(start).TotalSeconds);
            }
        }
        finally
        {
            _decoders.Release();
        }
    }

    // The crop is made before it is placed: it names the image in the cache, so the same pixels in any form share their features.
    private async Task UndoNormalizationAsync(ImageInput image, ServedModel model, ICropTarget target, CancellationToken cancellationToken)
    {
        await TakeDecoderAsync(cancellationToken);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = time.GetTimestamp();
            using var crop = PooledBuffer.Rent(model.CropSize * model.CropSize * 3);
            PixelValues.ToCrop(image, model.Normalization, crop.Writable.Span);
            Copy(crop.Memory.Span, model, target);
            metrics.ImagePreprocessed(time.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            _decoders.Release();
        }
    }

    private static void Copy(ReadOnlySpan<byte> source, ServedModel model, ICropTarget target)
    {
        if (source.Length != model.CropSize * model.CropSize * 3)
        {
            throw new ImageException(ImageErrorKind.WrongSize);
        }

        if (target.TryPlace(source, ImageInputKind.Crop, out var crop))
        {
            source.CopyTo(crop.Span);
        }
    }

    private void ThrowIfUnfit(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            throw new ImageException(ImageErrorKind.Empty);
        }

        if (encoded.Length > imaging.Value.MaxEncodedBytes)
        {
            throw new ImageException(ImageErrorKind.EncodedTooLarge);
        }
    }

    private async Task<PooledBuffer> FetchAsync(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var url = ImageString.ParseUrl(utf8.Span);
        await _fetches.WaitAsync(cancellationToken);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
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
            }
        }
        finally
        {
            _fetches.Release();
        }
    }

    private async Task TakeDecoderAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        await _decoders.WaitAsync(cancellationToken);
        metrics.DecoderTaken(time.GetElapsedTime(start).TotalSeconds);
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
