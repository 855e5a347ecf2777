using System.Collections.Immutable;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>State of one silo, from its answers. Not thread-safe: <see cref="ClusterWatcher"/> changes it under its lock.</summary>
internal sealed class SiloFollower(SiloMember member, TimeProvider time)
{
    private readonly Dictionary<DeviceAddress, ImageRate> _rates = [];
    private SiloState _state = SiloState.Starting;
    private DateTimeOffset _since = time.GetUtcNow();
    private long _answeredAt = time.GetTimestamp();

    /// <summary>The silo, as in the last membership.</summary>
    public SiloMember Member { get; set; } = member;

    /// <summary>Its last answer, or null.</summary>
    public SiloCatalog? Catalog { get; private set; }

    /// <summary>Whether its last answer is too old to send it work.</summary>
    public bool IsLost => time.GetElapsedTime(_answeredAt) > ClusterWatcher.LostTimeout;

    /// <summary>The current or last reading of its catalog.</summary>
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

    /// <summary>It didn't answer; true when it answered the previous time.</summary>
    public bool Missed() => Enter(SiloState.Unreachable);

    /// <summary>Its current state.</summary>
    public SiloSnapshot Snapshot() => new(Member.Name, Member.Endpoint, _state, _since, Devices());

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

/// <summary>State of a silo, as this gateway sees it.</summary>
internal enum SiloState
{
    /// <summary>It is a member that has not answered yet, or loads its models.</summary>
    Starting,

    /// <summary>It serves.</summary>
    Ready,

    /// <summary>It shuts down: it finishes its work, and gets nothing new.</summary>
    Draining,

    /// <summary>It is a member that did not answer the last time.</summary>
    Unreachable,
}

/// <summary>One member of the cluster, as this gateway sees it. Immutable.</summary>
/// <param name="Name">The silo's name.</param>
/// <param name="Endpoint">Address of its silo endpoint, generation 0; null when calls go through the cluster.</param>
/// <param name="State">Its state.</param>
/// <param name="Since">When it entered that state.</param>
/// <param name="Devices">Its devices from its last answer, one per model, by address; none before the first answer.</param>
internal sealed record SiloSnapshot(string Name, SiloAddress? Endpoint, SiloState State, DateTimeOffset Since, ImmutableArray<DeviceSnapshot> Devices);

/// <summary>One model on one device, as its silo last described it. Immutable.</summary>
/// <param name="Offer">From the silo: costs, queue depth, images answered.</param>
/// <param name="ImagesPerSecond">Recent throughput for all gateways together; 0 before the second reading.</param>
internal sealed record DeviceSnapshot(DeviceOffer Offer, double ImagesPerSecond);
