using CsCheck;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed partial class PartSenderTests : IDisposable
{
    private const string A = "a/cpu:0/m";
    private const string B = "b/cpu:0/m";
    private const string C = "c/cpu:0/m";
    private const double Image = 0.02;

    // A lone image is late after this.
    private const double Late = (3 * Image) + 0.5;

    private readonly SimulatedCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData(EmbedStatus.QueueFull)]
    [InlineData(EmbedStatus.Draining)]
    [InlineData(EmbedStatus.NotServed)]
    [InlineData(EmbedStatus.DeviceFailed)]
    [InlineData(EmbedStatus.InvalidRequest)]
    [InlineData((EmbedStatus)99)]
    public void A_refused_part_goes_to_the_next_device(EmbedStatus refusal) => _cluster.Run(async () =>
    {
        Serve(A, B);
        _cluster[A].Refusal = refusal;
        Prefer(A);

        await _cluster.EmbedAsync(1);

        Assert.Equal((1, 1), (_cluster[A].Calls, _cluster[B].Calls));
    });

    [Theory]
    [InlineData(EmbedStatus.QueueFull, nameof(EmbeddingErrorKind.Overloaded))]
    [InlineData(EmbedStatus.DeadlineExceeded, nameof(EmbeddingErrorKind.DeadlineExceeded))]
    [InlineData(EmbedStatus.DeviceFailed, nameof(EmbeddingErrorKind.Internal))]
    [InlineData(EmbedStatus.InvalidRequest, nameof(EmbeddingErrorKind.Internal))]
    [InlineData((EmbedStatus)99, nameof(EmbeddingErrorKind.Internal))]
    public void What_the_only_device_says_becomes_the_error_at_once(EmbedStatus status, string kind) => _cluster.Run(async () =>
    {
        Serve(A);
        _cluster[A].Refusal = status;

        Assert.Equal(kind, (await FailsAsync(_cluster.EmbedAsync(1))).ToString());
        Assert.Equal(1, _cluster[A].Calls);
    });

    [Fact]
    public void Full_devices_are_asked_once_each_and_cost_no_budget() => _cluster.Run(async () =>
    {
        Serve(A, B, C);
        foreach (var device in _cluster.All)
        {
            device.Refusal = EmbedStatus.QueueFull;
        }

        Assert.Equal(EmbeddingErrorKind.Overloaded, await FailsAsync(_cluster.EmbedAsync(1)));

        Assert.All(_cluster.All, device => Assert.Equal(1, device.Calls));
        Assert.True(_cluster.Budget.TryTake(256));
        Assert.All([A, B, C], key => Assert.True(_cluster.State(key).IsAvailable));
    });

    [Fact]
    public void A_poisoned_image_fails_after_two_devices_and_quarantines_none() => _cluster.Run(async () =>
    {
        Serve(A, B, C);
        foreach (var device in _cluster.All)
        {
            device.Poison = 9;
        }

        Assert.Equal(EmbeddingErrorKind.Internal, await FailsAsync(_cluster.EmbedAsync(1, first: 9)));

        Assert.Equal(2, _cluster.All.Sum(device => device.Calls));
        Assert.All([A, B, C], key => Assert.True(_cluster.State(key).IsAvailable));
    });

    [Fact]
    public void A_device_that_fails_three_times_in_a_row_is_left_alone_and_loses_nothing() => _cluster.Run(async () =>
    {
        Serve(A, B);
        _cluster[A].Refusal = EmbedStatus.DeviceFailed;
        for (var i = 0; i < 3; i++)
        {
            Prefer(A);
            await _cluster.EmbedAsync(1);
        }

        Assert.False(_cluster.State(A).IsAvailable);
        Prefer(A);
        await _cluster.EmbedAsync(1);
        Assert.Equal((3, 4), (_cluster[A].Calls, _cluster[B].Calls));
    });

    [Fact]
    public void A_grain_that_throws_is_a_failed_device() => _cluster.Run(async () =>
    {
        Serve(A);
        _cluster[A].Error = new InvalidOperationException("It broke.");

        Assert.Equal(EmbeddingErrorKind.Internal, await FailsAsync(_cluster.EmbedAsync(1)));
    });

    [Fact]
    public void A_frozen_device_is_left_within_its_time_and_comes_back_after_a_probe() => _cluster.Run(async () =>
    {
        Serve(A, B);
        _cluster[A].Freeze();
        Prefer(A);
        var start = _cluster.Simulation.Time.GetTimestamp();

        await _cluster.EmbedAsync(1);

        Assert.InRange(_cluster.Simulation.Time.GetElapsedTime(start).TotalSeconds, Late, Late + (2 * Image));
        Assert.False(_cluster.State(A).IsAvailable);
        Assert.Equal(0, _cluster.State(A).ImagesInFlight);
        Assert.True(_cluster[A].Tokens[0].IsCancellationRequested);

        await _cluster.EmbedAsync(8);
        Assert.Equal(1, _cluster[A].Calls);

        _cluster[A].Thaw();
        await _cluster.Simulation.Delay(2.1);
        Assert.True(_cluster.State(A).IsAvailable);
        await _cluster.EmbedAsync(8);
        Assert.Equal(2, _cluster[A].Calls);
    });

    [Fact]
    public void A_late_part_with_nowhere_to_go_waits_for_its_device() => _cluster.Run(async () =>
    {
        Serve(A);
        _cluster[A].Freeze();

        var embedding = _cluster.EmbedAsync(1);
        await _cluster.Simulation.Delay(5);
        _cluster[A].Thaw();
        await embedding;

        Assert.Equal(1, _cluster[A].Calls);
    });

    [Fact]
    public void A_part_that_died_with_the_only_silo_is_sent_again_when_that_is_back() => _cluster.Run(async () =>
    {
        Serve(A);
        var embedding = _cluster.EmbedAsync(1);
        _cluster[A].Kill();
        await _cluster.Simulation.Delay(5);
        _cluster[A].Restart();

        await embedding;

        Assert.Equal(2, _cluster[A].Calls);
    });

    [Fact]
    public void Parts_under_way_on_a_silo_that_died_leave_when_the_first_new_call_finds_it_dead() => _cluster.Run(async () =>
    {
        Serve(A, B);
        Prefer(A);
        var embedding = _cluster.EmbedAsync(1);
        _cluster[A].Kill();
        await _cluster.Simulation.Delay(0.1);
        Assert.False(embedding.IsCompleted);
        var start = _cluster.Simulation.Time.GetTimestamp();

        _cluster.State(B).Sent(2);
        await _cluster.EmbedAsync(1, first: 7);
        await embedding;

        Assert.Equal((2, 2), (_cluster[A].Calls, _cluster[B].Calls));
        Assert.InRange(_cluster.Simulation.Time.GetElapsedTime(start).TotalSeconds, 0, 3 * Image);
    });

    [Fact]
    public void A_gateway_that_stood_still_does_not_blame_its_devices() => _cluster.Run(async () =>
    {
        Serve(A, B);
        _cluster[A].Freeze();
        Prefer(A);

        var embedding = _cluster.EmbedAsync(1);
        _cluster.Simulation.StandStill(2);
        await _cluster.Simulation.Delay(0.1);
        _cluster[A].Thaw();
        await embedding;

        Assert.True(_cluster.State(A).IsAvailable);
        Assert.Equal((1, 0), (_cluster[A].Calls, _cluster[B].Calls));
    });

    [Fact]
    public void However_often_a_device_freezes_what_is_sent_again_stays_within_the_budget() => Gen
        .Select(Gen.Int[0, 20], Gen.Double[0.7, 3], Gen.Double[0.3, 2], Gen.Int[16, 32])
        .Sample(
            (budget, frozen, thawed, clients) =>
            {
                using var cluster = new SimulatedCluster(new RoutingOptions { RetryBudgetImages = budget });
                using var resent = new MetricCollector<long>(cluster.Meters, GatewayMetrics.Name, "dinov2.gateway.images.resent");
                var sent = 0;
                cluster.Run(async () =>
                {
                    Serve(cluster, A, B);
                    var ended = false;
                    var loads = Enumerable.Range(0, clients).Select(async client =>
                    {
                        for (var i = 0; !ended; i++)
                        {
                            sent += 1 + ((client + i) % 8);
                            await cluster.EmbedAsync(1 + ((client + i) % 8));
                        }
                    }).ToArray();
                    for (var i = 0; i < 4; i++)
                    {
                        cluster[A].Freeze();
                        await cluster.Simulation.Delay(frozen);
                        cluster[A].Thaw();
                        await cluster.Simulation.Delay(thawed);
                    }

                    ended = true;
                    await Task.WhenAll(loads);
                });

                Assert.InRange(resent.GetMeasurementSnapshot().Sum(measurement => measurement.Value), 0, budget + (sent / 10));
                Assert.All([A, B], key => Assert.Equal(0, cluster.State(key).ImagesInFlight));
            },
            iter: 20,
            threads: 1);

    [Fact]
    public void When_every_device_is_quarantined_they_get_work_all_the_same() => _cluster.Run(async () =>
    {
        Serve(A, B);
        _cluster.State(A).Health.Quarantine();
        _cluster.State(B).Health.Quarantine();

        await _cluster.EmbedAsync(1);
    });

    [Fact]
    public void A_cluster_whose_silos_are_all_unreachable_is_waited_for_until_the_deadline() => _cluster.Run(async () =>
    {
        Serve(A, B);
        _cluster[A].Kill();
        _cluster[B].Kill();

        Assert.Equal(EmbeddingErrorKind.DeadlineExceeded, await FailsAsync(_cluster.EmbedAsync(1, seconds: 5)));
        Assert.Equal((1, 1), (_cluster[A].Calls, _cluster[B].Calls));

        var embedding = _cluster.EmbedAsync(1);
        await _cluster.Simulation.Delay(3);
        _cluster[B].Restart();
        await embedding;
    });

    [Fact]
    public void Without_budget_a_late_part_waits_and_a_failed_one_fails() => _cluster.Run(async () =>
    {
        Serve(A, B);
        Assert.True(_cluster.Budget.TryTake(256));
        _cluster[A].Freeze();
        Prefer(A);

        var embedding = _cluster.EmbedAsync(1);
        await _cluster.Simulation.Delay(3);
        Assert.False(embedding.IsCompleted);
        Assert.Equal(0, _cluster[B].Calls);
        _cluster[A].Thaw();
        await embedding;

        _cluster[A].Refusal = EmbedStatus.DeviceFailed;
        _cluster[B].Refusal = EmbedStatus.DeviceFailed;
        Assert.Equal(EmbeddingErrorKind.Internal, await FailsAsync(_cluster.EmbedAsync(1)));
        Assert.Equal(2, _cluster[A].Calls + _cluster[B].Calls);
    });

    [Fact]
    public void Devices_that_all_fail_end_the_request_at_once_whether_quarantined_or_not() => _cluster.Run(async () =>
    {
        Serve(A, B, C);
        foreach (var device in _cluster.All)
        {
            device.Refusal = EmbedStatus.DeviceFailed;
        }

        var start = _cluster.Simulation.Time.GetTimestamp();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(EmbeddingErrorKind.Internal, await FailsAsync(_cluster.EmbedAsync(1)));
        }

        Assert.All([A, B, C], key => Assert.False(_cluster.State(key).IsAvailable));
        Assert.InRange(_cluster.Simulation.Time.GetElapsedTime(start).TotalSeconds, 0, 1);
    });

    [Fact]
    public void A_late_part_leaves_as_soon_as_others_have_earned_the_budget() => _cluster.Run(async () =>
    {
        Serve(A, B);
        Assert.True(_cluster.Budget.TryTake(256));
        _cluster[A].Freeze();
        Prefer(A);

        var embedding = _cluster.EmbedAsync(1);
        await _cluster.Simulation.Delay(1);
        for (var i = 0; i < 10; i++)
        {
            await _cluster.EmbedAsync(1);
        }

        await embedding;
        Assert.Equal(11, _cluster[B].Calls);
    });

    [Fact]
    public void The_crash_of_one_of_three_devices_loses_nothing_and_no_answer_is_slow() => _cluster.Run(async () =>
    {
        Serve(A, B, C);
        var time = _cluster.Simulation.Time;
        var slowest = TimeSpan.Zero;
        var clients = Enumerable.Range(0, 6).Select(async client =>
        {
            for (var i = 0; i < 60; i++)
            {
                var start = time.GetTimestamp();
                await _cluster.EmbedAsync(1 + ((client + i) % 8), first: (byte)(1 + (i % 200)));
                slowest = slowest > time.GetElapsedTime(start) ? slowest : time.GetElapsedTime(start);
            }
        }).ToArray();

        await _cluster.Simulation.Delay(1);
        _cluster[B].Kill();
        _cluster.Poll();
        await _cluster.Simulation.Delay(2);
        _cluster[B].Restart();
        _cluster.Poll();
        await Task.WhenAll(clients);

        Assert.InRange(slowest.TotalSeconds, 0, 3);
        Assert.True(_cluster.State(B).IsAvailable);
        Assert.All([A, B, C], key => Assert.Equal(0, _cluster.State(key).ImagesInFlight));
    });

    private static async Task<EmbeddingErrorKind> FailsAsync(Task embedding) =>
        (await Assert.ThrowsAsync<EmbeddingException>(() => embedding)).Kind;

    private void Serve(params string[] devices) => Serve(_cluster, devices);

    private static void Serve(SimulatedCluster cluster, params string[] devices)
    {
        foreach (var key in devices)
        {
            cluster.Add(key, Image);
        }

        cluster.Poll();
    }

    /// <summary>Makes the other devices look busy for a moment.</summary>
    private void Prefer(string key)
    {
        foreach (var device in _cluster.All.Where(device => device.Address.ToString() != key))
        {
            _cluster.State(device.Address.ToString()).Observe(waiting: 2, computing: 0);
        }
    }
}
