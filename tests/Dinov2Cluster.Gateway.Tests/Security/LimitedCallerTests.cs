using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class LimitedCallerTests : IDisposable
{
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly TestClock _time = new(new DateTimeOffset(2026, 3, 4, 0, 0, 0, TimeSpan.Zero));

    private IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Without_limits_anything_goes()
    {
        var caller = Caller(new(null, null, null, _day));

        caller.TakeRequest();
        caller.Take(int.MaxValue);

        Assert.True(caller.IsIdle);
    }

    [Fact]
    public void The_largest_request_passes_however_low_the_rate_is()
    {
        var caller = Caller(new(ImagesPerSecond: 0.5, null, null, _day), largestRequest: 16);

        caller.Take(16);

        Check(EmbeddingErrorKind.RateLimited, TimeSpan.FromSeconds(2), () => caller.Take(1));
        Check(EmbeddingErrorKind.RateLimited, TimeSpan.FromSeconds(32), () => caller.Take(16));
        _time.Advance(TimeSpan.FromSeconds(32));
        Assert.True(caller.IsIdle);
        caller.Take(16);
    }

    [Fact]
    public void A_second_s_worth_may_come_at_once()
    {
        var caller = Caller(new(ImagesPerSecond: 99.5, RequestsPerSecond: 2.5, null, _day), largestRequest: 16);

        caller.Take(100);
        caller.TakeRequest();
        caller.TakeRequest();
        caller.TakeRequest();

        Check(EmbeddingErrorKind.RateLimited, TimeSpan.FromMilliseconds(400), caller.TakeRequest);
    }

    [Fact]
    public void What_the_rate_refuses_is_not_taken_from_the_quota_and_the_other_way_round()
    {
        var caller = Caller(new(ImagesPerSecond: 10, null, ImageQuota: 25, _day), largestRequest: 10);

        caller.Take(10);
        Check(EmbeddingErrorKind.RateLimited, TimeSpan.FromSeconds(1), () => caller.Take(10));
        _time.Advance(TimeSpan.FromSeconds(1));
        caller.Take(10);
        _time.Advance(TimeSpan.FromSeconds(1));
        Check(EmbeddingErrorKind.QuotaExceeded, _day - TimeSpan.FromSeconds(2), () => caller.Take(6));
        caller.Take(5);
        Check(EmbeddingErrorKind.QuotaExceeded, _day - TimeSpan.FromSeconds(2), () => caller.Take(1));
        _time.Advance(_day - TimeSpan.FromSeconds(2));
        Assert.True(caller.IsIdle);
        caller.Take(10);
    }

    [Theory]
    [InlineData(10, null, 11)]
    [InlineData(null, 10L, 11)]
    public void What_no_wait_would_help_is_refused_without_one(int? perSecond, long? quota, int images)
    {
        var caller = Caller(new(perSecond, null, quota, _day), largestRequest: 10);

        var error = Assert.Throws<EmbeddingException>(() => caller.Take(images));

        Assert.Equal((EmbeddingErrorKind.TooManyImages, null), (error.Kind, error.RetryAfter));
        Assert.True(caller.IsIdle);
    }

    [Fact]
    public void Images_and_refusals_are_counted_by_caller()
    {
        using var images = new MetricCollector<long>(Meters, "Dinov2Cluster.Gateway", "dinov2.gateway.caller.images");
        using var rejected = new MetricCollector<long>(Meters, "Dinov2Cluster.Gateway", "dinov2.gateway.caller.rejected");
        var caller = Caller(new(ImagesPerSecond: 4, null, ImageQuota: 6, _day), largestRequest: 4);

        caller.Take(4);
        Assert.Throws<EmbeddingException>(() => caller.Take(1));
        Assert.Throws<EmbeddingException>(() => caller.Take(3));

        var taken = Assert.Single(images.GetMeasurementSnapshot());
        Assert.Equal((4, "team-a"), (taken.Value, taken.Tags["caller"]));
        Assert.Equal(["rate_limited", "quota_exceeded"], rejected.GetMeasurementSnapshot().Select(refusal => refusal.Tags["reason"]));
        Assert.All(rejected.GetMeasurementSnapshot(), refusal => Assert.Equal("team-a", refusal.Tags["caller"]));
    }

    [Fact]
    public async Task Callers_at_the_same_time_get_no_more_than_one_after_another()
    {
        var caller = Caller(new(ImagesPerSecond: 100, null, ImageQuota: 60, _day), largestRequest: 1);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => Enumerable.Range(0, 20).Count(_ => TryTake(caller)), TestContext.Current.CancellationToken)));

        Assert.Equal(60, taken.Sum());
    }

    private static bool TryTake(LimitedCaller caller)
    {
        try
        {
            caller.Take(1);
            return true;
        }
        catch (EmbeddingException)
        {
            return false;
        }
    }

    private static void Check(EmbeddingErrorKind kind, TimeSpan wait, Action take)
    {
        var error = Assert.Throws<EmbeddingException>(take);
        Assert.Equal((kind, wait), (error.Kind, error.RetryAfter));
    }

    private LimitedCaller Caller(CallerLimits limits, int largestRequest = 256) =>
        new("team-a", limits, largestRequest, new SecurityMetrics(Meters), _time);
}
