using System.Collections.Immutable;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Keeps <see cref="View"/> up to date. Each silo is read on its own, so a silo that hangs delays no other.</summary>
internal sealed class ClusterWatcher(
    IClusterMembers members, IClusterCatalog catalog, TimeProvider time, ILogger<ClusterWatcher> logger) : BackgroundService
{
    /// <summary>Time between two readings. A draining silo must get nothing new after its first second, so well under that.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>Timeout of a reading.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>How long a silo that doesn't answer keeps its devices, unless membership drops it. The router finds a dead device sooner.</summary>
    internal static readonly TimeSpan LostTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, SiloFollower> _followers = new(StringComparer.Ordinal);
    private volatile ClusterView _view = ClusterView.Empty;
    private Task _readingMembers = Task.CompletedTask;

    /// <summary>What is served now.</summary>
    public ClusterView View => _view;

    /// <summary>Every member of the cluster as last seen, by name.</summary>
    public ImmutableArray<SiloSnapshot> Silos
    {
        get
        {
            lock (_lock)
            {
                return [.. _followers.Values.Select(follower => follower.Snapshot())];
            }
        }
    }

    /// <summary>Reads members and catalogs once; ends when all readings have ended.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        await _readingMembers;
        Task[] readings;
        lock (_lock)
        {
            readings = [.. _followers.Values.Select(follower => follower.Reading)];
        }

        await Task.WhenAll(readings);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            Begin(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Starts every reading that isn't under way, and waits for none.</summary>
    private void Begin(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // ReadMembersAsync reads the catalogs of those that it adds.
            SiloFollower[] due = [.. _followers.Values.Where(follower => follower.Reading.IsCompleted)];
            if (_readingMembers.IsCompleted)
            {
                _readingMembers = ReadMembersAsync(cancellationToken);
            }

            foreach (var follower in due)
            {
                follower.Reading = ReadCatalogAsync(follower, cancellationToken);
            }
        }
    }

    private async Task ReadMembersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var read = await WithTimeoutAsync(members.ReadAsync, cancellationToken);
            lock (_lock)
            {
                Follow(read, cancellationToken);
            }
        }
        catch (Exception exception)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                // The members stay: a restart of the store must not stop working silos.
                RoutingLog.MembersUnreadable(logger, exception);
            }
        }
    }

    private async Task ReadCatalogAsync(SiloFollower follower, CancellationToken cancellationToken)
    {
        SiloCatalog? read = null;
        Exception? failure = null;
        try
        {
            read = await WithTimeoutAsync(token => catalog.ReadAsync(follower.Member, token), cancellationToken);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        lock (_lock)
        {
            if (read is not null)
            {
                follower.Answered(read);
            }
            else if (follower.Missed())
            {
                RoutingLog.SiloCatalogFailed(logger, follower.Member.Name, failure!);
            }

            Publish();
        }
    }

    /// <summary>Takes over the members, and reads the catalogs of new ones.</summary>
    private void Follow(IReadOnlyList<SiloMember> read, CancellationToken cancellationToken)
    {
        foreach (var gone in _followers.Keys.Except(read.Select(member => member.Name)).ToArray())
        {
            _followers.Remove(gone);
        }

        foreach (var member in read)
        {
            if (_followers.TryGetValue(member.Name, out var follower))
            {
                follower.Member = member;
            }
            else
            {
                _followers.Add(member.Name, follower = new SiloFollower(member, time));
                follower.Reading = ReadCatalogAsync(follower, cancellationToken);
            }
        }

        Publish();
    }

    private void Publish()
    {
        var previous = _view;
        _view = previous.Next(_followers.Values
            .Where(follower => follower.Catalog is not null && !follower.IsLost)
            .Select(follower => (follower.Member, follower.Catalog!)), time);
        if (!previous.Models.SequenceEqual(_view.Models))
        {
            RoutingLog.ModelsChanged(logger, string.Join(", ", _view.Models));
        }
    }

    private async Task<T> WithTimeoutAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        // A call to a silo that hangs may ignore its token.
        return await read(linked.Token).WaitAsync(linked.Token);
    }
}
