using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Routing;

/// <summary>A device that does one call after another, and can freeze, die, refuse and fail. Its features say which crop they are of.</summary>
internal sealed class SimulatedDevice(string key, CostCurve costs, Simulation simulation)
{
    public const int EmbeddingSize = 2;

    private readonly List<TaskCompletionSource> _frozen = [];
    private long _busyUntil;
    private int _images;
    private int _life;
    private bool _isFrozen;

    public DeviceAddress Address { get; } = DeviceAddress.TryParse(key, out var address) ? address : throw new ArgumentException(key);

    /// <summary>Answered instead of computing.</summary>
    public EmbedStatus? Refusal { get; set; }

    /// <summary>Thrown instead of computing.</summary>
    public Exception? Error { get; set; }

    /// <summary>Crops of this number make the device fail.</summary>
    public byte? Poison { get; set; }

    /// <summary>Calls so far, probes apart.</summary>
    public int Calls { get; private set; }

    /// <summary>Images computed, probes apart.</summary>
    public int Computed { get; private set; }

    /// <summary>Probes so far.</summary>
    public int Probes { get; private set; }

    /// <summary>Tokens of all calls.</summary>
    public List<CancellationToken> Tokens { get; } = [];

    public bool IsDead { get; private set; }

    public DeviceOffer Offer() => new(Address, EmbeddingSize, 256, 4, "", costs, _images, Computing: 0, Computed, PatchTokens: 0, PixelNormalization.Published);

    public void Freeze() => _isFrozen = true;

    public void Thaw()
    {
        _isFrozen = false;
        foreach (var waiting in _frozen)
        {
            waiting.SetResult();
        }

        _frozen.Clear();
    }

    /// <summary>Calls under way hang for ever; new ones fail at once.</summary>
    public void Kill()
    {
        (IsDead, _images, _busyUntil) = (true, 0, 0);
        _life++;
    }

    public void Restart() => IsDead = false;

    public async Task<EmbedReply> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken)
    {
        // Crops of tests are never blank.
        var probe = request.Crops.Pixels.Span[0] == 0;
        (Calls, Probes) = probe ? (Calls, Probes + 1) : (Calls + 1, Probes);
        Tokens.Add(cancellationToken);
        if (IsDead)
        {
            throw new SiloUnavailableException();
        }

        if (Error is not null)
        {
            throw Error;
        }

        if (Refusal is { } status)
        {
            return EmbedReply.Failed(status, _images, computing: 0);
        }

        var life = _life;
        _images += request.Count;
        var now = simulation.Time.GetTimestamp();
        _busyUntil = Math.Max(now, _busyUntil) + (long)(costs.DrainSeconds(request.Count) * simulation.Time.TimestampFrequency);
        // A frozen or dead silo notices no token.
        await Task.Delay(simulation.Time.GetElapsedTime(now, _busyUntil), simulation.Time, CancellationToken.None);
        while (_isFrozen)
        {
            var thawed = new TaskCompletionSource();
            _frozen.Add(thawed);
            await thawed.Task;
        }

        if (life != _life)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, simulation.Time, CancellationToken.None);
        }

        _images -= request.Count;
        return Answer(request, probe);
    }

    private EmbedReply Answer(EmbedRequest request, bool probe)
    {
        var features = new float[request.Count * EmbeddingSize];
        var size = request.Crops.Length / request.Count;
        for (var i = 0; i < request.Count; i++)
        {
            var number = request.Crops.Pixels.Span[i * size];
            if (!probe && number == Poison)
            {
                return EmbedReply.Failed(EmbedStatus.DeviceFailed, _images, computing: 0);
            }

            (features[i * EmbeddingSize], features[(i * EmbeddingSize) + 1]) = (number, -number);
        }

        Computed += probe ? 0 : request.Count;
        return new(EmbedStatus.Ok, features, QueueSeconds: 0.25, costs.DrainSeconds(request.Count), _images, Computing: 0);
    }
}
