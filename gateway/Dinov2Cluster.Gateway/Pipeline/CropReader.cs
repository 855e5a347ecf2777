using System.Collections.Concurrent;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
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
    public async Task ReadAsync(ImageText image, ServedModel model, ICropTarget target, CancellationToken cancellationToken)
    {
        if (!image.IsJsonEscaped)
        {
            await ReadTextAsync(image.Utf8, model, target, cancellationToken);
            return;
        }

        using var text = image.Unescape();
        await ReadTextAsync(text.Memory, model, target, cancellationToken);
    }

    public void Dispose()
    {
        _decoders.Dispose();
        _fetches.Dispose();
    }

    private async Task ReadTextAsync(
        ReadOnlyMemory<byte> text, ServedModel model, ICropTarget target, CancellationToken cancellationToken)
    {
        using var fetched = ImageString.IsUrl(text.Span) ? await FetchAsync(text, cancellationToken) : null;
        await _decoders.WaitAsync(cancellationToken);
        try
        {
            // The slot may come from another row of the same request, which stopped first.
            cancellationToken.ThrowIfCancellationRequested();
            var start = time.GetTimestamp();
            using var decoded = fetched is null ? ImageString.Decode(text.Span, imaging.Value.MaxEncodedBytes) : null;
            var encoded = (fetched ?? decoded!).Memory;
            if (target.TryPlace(encoded.Span, out var crop))
            {
                Preprocessor(model).Preprocess(encoded, crop.Span, cancellationToken);
                metrics.ImagePreprocessed(time.GetElapsedTime(start).TotalSeconds);
            }
        }
        finally
        {
            _decoders.Release();
        }
    }

    private async Task<PooledBuffer> FetchAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var url = ImageString.ParseUrl(text.Span);
        await _fetches.WaitAsync(cancellationToken);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return await fetcher.FetchAsync(url.OriginalString, cancellationToken);
        }
        finally
        {
            _fetches.Release();
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
