using System.Text.Json;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Bench;

/// <summary>Counts the results of a measurement. Thread-safe.</summary>
internal sealed class BenchTally
{
    // The gateway chooses the reasons, so their number is limited; further reasons are counted together.
    private const int MaxReasons = 32;
    private const string OtherReasons = "other";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _images;
    private long _requests;

    /// <summary>Images with features.</summary>
    public long Images => Interlocked.Read(ref _images);

    /// <summary>Answered requests.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Latency of the answered requests.</summary>
    public LatencyHistogram Latency { get; } = new();

    public void AddAnswer(int images, TimeSpan latency)
    {
        Interlocked.Add(ref _images, images);
        Interlocked.Increment(ref _requests);
        Latency.Add(latency);
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

    /// <summary>Images without features, by reason.</summary>
    public IReadOnlyDictionary<string, long> Errors()
    {
        lock (_lock)
        {
            return new SortedDictionary<string, long>(_errors, StringComparer.Ordinal);
        }
    }
}
