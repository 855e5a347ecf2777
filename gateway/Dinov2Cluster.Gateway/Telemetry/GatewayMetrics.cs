using System.Diagnostics;
using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Telemetry;

/// <summary>Metrics of the gateway. Durations are in seconds; every tag has few values.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "Dinov2Cluster.Gateway";

    // From a nano model on an idle machine (1 ms) to a giant model on a busy one (a minute).
    private static readonly InstrumentAdvice<double> _seconds = new()
    {
        HistogramBucketBoundaries =
            [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _images;
    private readonly Counter<long> _failedRows;
    private readonly Counter<long> _cacheRows;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _fetch;
    private readonly Histogram<double> _decoderWait;
    private readonly Histogram<double> _preprocess;
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _inference;

    public GatewayMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _requests = _meter.CreateCounter<long>("dinov2.gateway.requests", "{request}", "Embedding requests that ended, by protocol.");
        _failures = _meter.CreateCounter<long>("dinov2.gateway.failures", "{request}", "Embedding requests that failed, by protocol and reason.");
        _images = _meter.CreateCounter<long>("dinov2.gateway.images", "{image}", "Images embedded, by model.");
        _failedRows = _meter.CreateCounter<long>(
            "dinov2.gateway.images.failed", "{image}", "Images that failed in requests that went on without them, by reason.");
        _cacheRows = _meter.CreateCounter<long>(
            "dinov2.gateway.cache.images", "{image}", "Images that the cache was asked for, by result: hit, miss or joined.");
        _requestDuration = Duration("dinov2.gateway.request.duration", "From a request's headers to the last byte of its reply.");
        _fetch = Duration("dinov2.gateway.fetch.duration", "Fetching of one image from its URL, without waiting, by outcome: ok or failed.");
        _decoderWait = Duration("dinov2.gateway.decoder_wait.duration", "Wait of one image for a decoder.");
        _preprocess = Duration("dinov2.gateway.preprocess.duration", "Decoding and preprocessing of one image, without waiting.");
        _queue = Duration("dinov2.gateway.queue.duration", "Wait of a group's crops in a device's queue, by model.");
        _inference = Duration("dinov2.gateway.inference.duration", "Computation of a group's batch on a device, by model.");
    }

    /// <summary>Source of the gateway's traces.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Counts a request that ended; <paramref name="failure"/> is its reason, or null after a success.</summary>
    public void RequestEnded(string protocol, string? failure, double seconds)
    {
        var protocolTag = new KeyValuePair<string, object?>("protocol", protocol);
        _requests.Add(1, protocolTag);
        _requestDuration.Record(seconds, protocolTag);
        if (failure is not null)
        {
            _failures.Add(1, protocolTag, new KeyValuePair<string, object?>("reason", failure));
        }
    }

    /// <summary>Counts embedded images.</summary>
    public void ImagesEmbedded(string model, int count) => _images.Add(count, Model(model));

    /// <summary>Counts an image that failed while its request went on.</summary>
    public void RowFailed(EmbeddingErrorKind kind) => _failedRows.Add(1, new KeyValuePair<string, object?>("reason", EmbeddingErrorText.Reason(kind)));

    /// <summary>Counts where the rows of a request came from.</summary>
    public void RowsFound(int hits, int misses, int joined)
    {
        _cacheRows.Add(hits, new KeyValuePair<string, object?>("result", "hit"));
        _cacheRows.Add(misses, new KeyValuePair<string, object?>("result", "miss"));
        _cacheRows.Add(joined, new KeyValuePair<string, object?>("result", "joined"));
    }

    /// <summary>Measures a fetch.</summary>
    public void FetchEnded(bool succeeded, double seconds) =>
        _fetch.Record(seconds, new KeyValuePair<string, object?>("outcome", succeeded ? "ok" : "failed"));

    /// <summary>Measures how long an image waited for a decoder.</summary>
    public void DecoderTaken(double seconds) => _decoderWait.Record(seconds);

    /// <summary>Measures the decoding and preprocessing of an image.</summary>
    public void ImagePreprocessed(double seconds) => _preprocess.Record(seconds);

    /// <summary>Measures an answered group.</summary>
    public void GroupEmbedded(string model, double queueSeconds, double inferenceSeconds)
    {
        _queue.Record(queueSeconds, Model(model));
        _inference.Record(inferenceSeconds, Model(model));
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Model(string model) => new("model", model);

    private Histogram<double> Duration(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, _seconds);
}
