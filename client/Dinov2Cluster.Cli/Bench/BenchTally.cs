using System.Text.Json;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Bench;

/// <summary>What the requests of a measurement came to. Safe for many threads.</summary>
internal sealed class BenchTally
{
    // The gateway's words are its own: so many different ones, and the rest together.
    private const int MaxReasons = 32;
    private const string OtherReasons = "other";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _images;
    private long _requests;

    /// <summary>Images with features.</summary>
    public long Images => Interlocked.Read(ref _images);

    /// <summary>Requests that were answered.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Times of the requests that were answered.</summary>
    public LatencyHistogram Latency { get; } = new();

    public void AddAnswer(int images, TimeSpan time)
    {
        Interlocked.Add(ref _images, images);
        Interlocked.Increment(ref _requests);
        Latency.Add(time);
    }

    public void AddError(Dinov2Exception error, int images = 1) => AddError(error.Reason ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(error.Kind.ToString()), images);

    public void AddError(string reason, int images)
    {
        lock (_lock)
        {
            var key = PlainText.Of(reason);
            key = _errors.Count < MaxReasons || _errors.ContainsKey(key) ? key : OtherReasons;
            _errors[key] = _errors.GetValueOrDefault(key) + images;
        }
    }

    /// <summary>Images without features, by the reason.</summary>
    public IReadOnlyDictionary<string, long> Errors()
    {
        lock (_lock)
        {
            return new SortedDictionary<string, long>(_errors, StringComparer.Ordinal);
        }
    }
}
