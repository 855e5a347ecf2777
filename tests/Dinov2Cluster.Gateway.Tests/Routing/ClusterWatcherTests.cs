using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Testing;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class ClusterWatcherTests : IDisposable
{
    private readonly TestClock _time = new();
    private readonly WatchedCluster _cluster = new();
    private readonly FakeLogger<ClusterWatcher> _logger = new();
    private readonly ClusterWatcher _watcher;

    public ClusterWatcherTests() => _watcher = new(_cluster, _cluster, _time, _logger);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _watcher.Dispose();

    [Fact]
    public async Task A_silo_that_hangs_delays_no_other()
    {
        _cluster.Serve("a", "b", "c");
        _cluster.Hang("b");

        var refresh = _watcher.RefreshAsync(Cancellation);

        Assert.Equal("a, c", Serving());
        Assert.False(refresh.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await refresh;
        Assert.Equal("a, c", Serving());
        Assert.Equal("a Ready, b Unreachable, c Ready", States());
    }

    [Fact]
    public async Task A_silo_that_stops_answering_keeps_its_devices_for_a_while()
    {
        _cluster.Serve("a", "b");
        await _watcher.RefreshAsync(Cancellation);
        _cluster.Catalogs.TryRemove("b", out _);

        _time.Advance(TimeSpan.FromSeconds(10));
        await _watcher.RefreshAsync(Cancellation);
        Assert.Equal("a, b", Serving());
        Assert.Equal("a Ready, b Unreachable", States());

        _time.Advance(TimeSpan.FromTicks(1));
        await _watcher.RefreshAsync(Cancellation);
        Assert.Equal("a", Serving());
        // What it last said stays to be seen.
        Assert.Single(_watcher.Silos[1].Devices);

        _cluster.Answer(WatchedCluster.Catalog("b"));
        await _watcher.RefreshAsync(Cancellation);
        Assert.Equal("a, b", Serving());
    }

    [Fact]
    public async Task A_silo_that_membership_drops_loses_its_devices_at_once()
    {
        _cluster.Serve("a", "b");
        await _watcher.RefreshAsync(Cancellation);

        _cluster.Members = [WatchedCluster.Member("b")];
        await _watcher.RefreshAsync(Cancellation);

        Assert.Equal("b", Serving());
        Assert.Equal("b Ready", States());
    }

    [Fact]
    public async Task Members_that_cannot_be_read_stay()
    {
        _cluster.Serve("a", "b");
        await _watcher.RefreshAsync(Cancellation);
        _cluster.Members = null;

        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
            await _watcher.RefreshAsync(Cancellation);
        }

        Assert.Equal("a, b", Serving());
    }

    [Fact]
    public async Task A_draining_silo_is_left_out_at_once_and_still_shown()
    {
        _cluster.Serve("a", "b");
        await _watcher.RefreshAsync(Cancellation);
        _cluster.Answer(WatchedCluster.Catalog("a") with { Draining = true });
        _time.Advance(TimeSpan.FromSeconds(5));

        await _watcher.RefreshAsync(Cancellation);

        Assert.Equal("b", Serving());
        Assert.Equal("a Draining, b Ready", States());
        Assert.Equal(_time.GetUtcNow(), _watcher.Silos[0].Since);
        Assert.Equal(_time.GetUtcNow() - TimeSpan.FromSeconds(5), _watcher.Silos[1].Since);
    }

    [Fact]
    public async Task A_silo_that_restarted_is_asked_at_its_new_door_and_served_from_when_it_is_ready()
    {
        _cluster.Serve("a");
        await _watcher.RefreshAsync(Cancellation);
        _cluster.Members = [WatchedCluster.Member("a", port: 30001)];
        _cluster.Answer(WatchedCluster.Catalog("a") with { Offers = [] });

        await _watcher.RefreshAsync(Cancellation);
        Assert.Equal("", Serving());
        Assert.Equal("a Starting", States());
        _cluster.Answer(WatchedCluster.Catalog("a"));
        await _watcher.RefreshAsync(Cancellation);

        Assert.Equal("a", Serving());
        Assert.Equal([30000, 30001, 30001], _cluster.Asked.Select(silo => silo.Endpoint!.Endpoint.Port));
        Assert.Equal(30001, _watcher.View.Find("m")!.Devices[0].Endpoint!.Endpoint.Port);
    }

    [Fact]
    public async Task A_failing_silo_is_logged_once_until_it_answers_again()
    {
        _cluster.Serve("a");
        _cluster.Catalogs.Clear();
        await _watcher.RefreshAsync(Cancellation);
        await _watcher.RefreshAsync(Cancellation);

        Assert.Single(_logger.Collector.GetSnapshot(), record => record.Id.Id == 2002);
    }

    [Fact]
    public async Task The_throughput_comes_from_the_images_between_readings()
    {
        _cluster.Serve("a");
        _cluster.Answer(WatchedCluster.Catalog("a", images: 1000));
        await _watcher.RefreshAsync(Cancellation);
        Assert.Equal(0, _watcher.Silos[0].Devices[0].ImagesPerSecond);
        _cluster.Answer(WatchedCluster.Catalog("a", images: 1100));
        _time.Advance(TimeSpan.FromSeconds(2));

        await _watcher.RefreshAsync(Cancellation);

        Assert.Equal(50, _watcher.Silos[0].Devices[0].ImagesPerSecond, 6);
        _cluster.Catalogs.Clear();
        await _watcher.RefreshAsync(Cancellation);
        Assert.Equal(0, _watcher.Silos[0].Devices[0].ImagesPerSecond);
    }

    [Fact]
    public async Task The_service_reads_in_every_period_what_is_not_still_being_read()
    {
        _cluster.Serve("a", "b");
        _cluster.Hang("b");
        await _watcher.StartAsync(Cancellation);
        await _cluster.AskedAsync();
        await _cluster.AskedAsync();

        _cluster.Answer(WatchedCluster.Catalog("a", model: "n"));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        await _cluster.AskedAsync();
        Assert.Equal("a, b, a", string.Join(", ", _cluster.Asked.Select(silo => silo.Name)));
        await _watcher.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_new_member_is_asked_in_the_period_in_which_it_is_seen()
    {
        await _watcher.RefreshAsync(Cancellation);
        _cluster.Serve("a");

        await _watcher.StartAsync(Cancellation);
        await _cluster.AskedAsync();

        await _watcher.StopAsync(Cancellation);
        Assert.Single(_cluster.Asked);
    }

    private string Serving() =>
        string.Join(", ", _watcher.View.Models.SelectMany(model => _watcher.View.Find(model)!.Devices).Select(device => device.Address.Silo).Order(StringComparer.Ordinal));

    private string States() => string.Join(", ", _watcher.Silos.Select(silo => $"{silo.Name} {silo.State}"));
}
