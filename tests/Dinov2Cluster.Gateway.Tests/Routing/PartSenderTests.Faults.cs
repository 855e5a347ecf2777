using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Routing;

/// <summary>What counts against a device, and what is the fault of its caller or of another version.</summary>
public sealed partial class PartSenderTests
{
    [Fact]
    public void Requests_with_little_time_do_not_keep_feeding_a_frozen_device() => _cluster.Run(async () =>
    {
        Serve(A, B);
        _cluster[A].Freeze();
        for (var i = 0; i < 3; i++)
        {
            Prefer(A);
            Assert.Equal(EmbeddingErrorKind.DeadlineExceeded, await FailsAsync(_cluster.EmbedAsync(1, seconds: 0.3)));
        }

        Prefer(A);
        await _cluster.EmbedAsync(1, seconds: 0.3);
    });

    [Fact]
    public void A_deadline_that_is_too_short_says_nothing_of_the_device() => _cluster.Run(async () =>
    {
        Serve(A);
        for (var i = 0; i < 20; i++)
        {
            var embedding = _cluster.EmbedAsync(1, seconds: 0.001);
            // A pause of the gateway itself is not the device's fault either.
            _cluster.Simulation.StandStill(i % 2 * 0.4);
            Assert.Equal(EmbeddingErrorKind.DeadlineExceeded, await FailsAsync(embedding));
            await _cluster.Simulation.Delay(Image);
        }

        Assert.True(_cluster.State(A).IsAvailable);
        await _cluster.EmbedAsync(1);
        Assert.Equal(0, _cluster[A].Probes);
    });

    [Fact]
    public void A_caller_that_goes_away_early_says_nothing_of_the_device() => _cluster.Run(async () =>
    {
        Serve(A);
        _cluster[A].Freeze();
        for (var i = 0; i < 5; i++)
        {
            using var client = new CancellationTokenSource();
            var embedding = _cluster.EmbedAsync(1, seconds: 0.15, client: client.Token);
            await _cluster.Simulation.Delay(0.1);
            await client.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        }

        Assert.True(_cluster.State(A).IsAvailable);
    });

    [Theory]
    [InlineData((EmbedStatus)99)]
    [InlineData(EmbedStatus.InvalidRequest)]
    public void A_silo_of_another_version_is_passed_over_and_keeps_its_work(EmbedStatus status) => _cluster.Run(async () =>
    {
        Serve(A, B);
        using var attempts = new MetricCollector<long>(_cluster.Meters, GatewayMetrics.Name, "dinov2.gateway.attempts");
        _cluster[A].Refusal = status;
        for (var i = 0; i < 5; i++)
        {
            Prefer(A);
            await _cluster.EmbedAsync(1);
        }

        Assert.True(_cluster.State(A).IsAvailable);
        Assert.Equal((5, 5), (_cluster[A].Calls, _cluster[B].Calls));
        Assert.Equal(5, attempts.GetMeasurementSnapshot().Count(attempt => (string?)attempt.Tags["outcome"] == "incompatible"));
        Assert.True(_cluster.Budget.TryTake(256));
    });

    [Fact]
    public void Silos_of_another_version_do_not_hide_the_one_that_answers() => _cluster.Run(async () =>
    {
        Serve(A, B, C);
        _cluster[A].Refusal = (EmbedStatus)99;
        _cluster[B].Refusal = (EmbedStatus)99;
        Prefer(A);

        await _cluster.EmbedAsync(1);

        Assert.Equal(1, _cluster[C].Calls);
    });
}
