
namespace Dinov2Cluster.Chaos.Load;

/// <summary>What became of the requests of one run. Any thread may add to it.</summary>
internal sealed class Tally
{
    private const int KeptKindsOfFailure = 30;
    private const int KeptSlow = 5;

    private readonly Lock _gate = new();
    private readonly List<double> _latencies = [];
    private readonly Dictionary<(string Reason, string Disturbances), (FailedRequest First, int Count)> _failures = [];
    private readonly PriorityQueue<SlowRequest, double> _slowest = new();

    public int Sent { get; private set; }

    /// <summary>Requests that the gateway refused with 429.</summary>
    public int Rejected { get; private set; }

    /// <summary>Requests that the gateway let in, or that failed before it could say.</summary>
    public int Accepted => Sent - Rejected;

    /// <summary>200 with one row per image.</summary>
    public int Answered { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Rows that are not their image's answer.</summary>
    public int MixedRows { get; private set; }

    /// <summary>Images of the answered requests.</summary>
    public long Images { get; private set; }

    /// <summary>Length of the run, until the last answer.</summary>
    public TimeSpan Duration { get; set; }

    public double ImagesPerSecond => Images / Duration.TotalSeconds;

    /// <summary>Failures of one reason and disturbance together: the first of them and their number, in the order of time.</summary>
    public IEnumerable<(FailedRequest First, int Count)> Failures => _failures.Values.OrderBy(failure => failure.First.SentAt);

    /// <summary>The slowest answered requests, slowest first.</summary>
    public IEnumerable<SlowRequest> Slowest => _slowest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element);

    public double SlowestMilliseconds => _latencies.Count == 0 ? 0 : _latencies.Max();

    public void CountSent()
    {
        lock (_gate)
        {
            Sent++;
        }
    }

    public void CountRejected()
    {
        lock (_gate)
        {
            Rejected++;
        }
    }

    public void CountAnswered(SlowRequest request, int wrongRows)
    {
        lock (_gate)
        {
            Answered++;
            MixedRows += wrongRows;
            Images += request.Images;
            _latencies.Add(request.Milliseconds);
            _slowest.Enqueue(request, request.Milliseconds);
            if (_slowest.Count > KeptSlow)
            {
                _slowest.Dequeue();
            }
        }
    }

    public void CountFailed(FailedRequest failure)
    {
        lock (_gate)
        {
            Failed++;
            var kind = (failure.Reason, failure.Disturbances);
            if (_failures.TryGetValue(kind, out var known))
            {
                _failures[kind] = (known.First, known.Count + 1);
            }
            else if (_failures.Count < KeptKindsOfFailure)
            {
                _failures.Add(kind, (failure, 1));
            }
        }
    }

    /// <summary>Latency that the given share of the answered requests kept within, in milliseconds: the nearest rank. 0 when none was answered.</summary>
    public double Percentile(double share)
    {
        lock (_gate)
        {
            var sorted = _latencies.Order().ToArray();
            return sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
        }
    }
}
