using System.Collections.Immutable;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>What the answers of one silo amount to. Not safe for threads: <see cref="ClusterWatcher"/> changes it under its lock.</summary>
internal sealed class SiloFollower(SiloMember member, TimeProvider time)
{
    private readonly Dictionary<DeviceAddress, ImageRate> _rates = [];
    private SiloState _state = SiloState.Starting;
    private DateTimeOffset _since = time.GetUtcNow();
    private long _answeredAt = time.GetTimestamp();

    /// <summary>The silo as membership last named it.</summary>
    public SiloMember Member { get; set; } = member;

    /// <summary>Its last answer, or null.</summary>
    public SiloCatalog? Catalog { get; private set; }

    /// <summary>Whether its last answer is too old to send work by.</summary>
    public bool IsLost => time.GetElapsedTime(_answeredAt) > ClusterWatcher.Patience;

    /// <summary>The reading of its catalog that is under way, or the last one.</summary>
    public Task Reading { get; set; } = Task.CompletedTask;

    /// <summary>It answered.</summary>
    public void Answered(SiloCatalog catalog)
    {
        Catalog = catalog;
        _answeredAt = time.GetTimestamp();
        Enter(catalog.Draining ? SiloState.Draining : catalog.Offers.Count == 0 ? SiloState.Starting : SiloState.Ready);
        foreach (var gone in _rates.Keys.Except(catalog.Offers.Select(offer => offer.Address)).ToArray())
        {
            _rates.Remove(gone);
        }

        foreach (var offer in catalog.Offers)
        {
            if (!_rates.TryGetValue(offer.Address, out var rate))
            {
                _rates.Add(offer.Address, rate = new ImageRate(time));
            }

            rate.Read(offer.Images);
        }
    }

    /// <summary>It didn't answer; true when it did the time before.</summary>
    public bool Missed() => Enter(SiloState.Unreachable);

    /// <summary>What is known of it now.</summary>
    public SiloSnapshot Snapshot() => new(Member.Name, Member.Gateway, _state, _since, Devices());

    private ImmutableArray<DeviceSnapshot> Devices() => Catalog is null ? [] :
        [.. Catalog.Offers.OrderBy(offer => offer.Address.ToString(), StringComparer.Ordinal)
            .Select(offer => new DeviceSnapshot(offer, _state == SiloState.Unreachable ? 0 : _rates[offer.Address].PerSecond))];

    private bool Enter(SiloState state)
    {
        if (_state == state)
        {
            return false;
        }

        (_state, _since) = (state, time.GetUtcNow());
        return true;
    }
}
