using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class ImageQuotaTests
{
    private readonly TestClock _time = new(new DateTimeOffset(2026, 3, 4, 21, 30, 0, TimeSpan.Zero));

    [Fact]
    public void A_period_allows_so_many_and_the_next_one_as_many_again()
    {
        var quota = new ImageQuota(10, TimeSpan.FromDays(1), _time);

        quota.Take(7);
        Assert.Equal(TimeSpan.Zero, quota.Wait(3));
        Assert.Equal(TimeSpan.FromHours(2.5), quota.Wait(4));
        quota.Take(3);
        _time.Advance(TimeSpan.FromHours(2.5) - TimeSpan.FromTicks(1));
        Assert.Equal(TimeSpan.FromTicks(1), quota.Wait(1));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(quota.IsUnused);
        Assert.Equal(TimeSpan.Zero, quota.Wait(10));
        Assert.Equal(TimeSpan.FromDays(1), quota.Wait(11));
    }

    [Fact]
    public void A_week_begins_on_Monday()
    {
        var quota = new ImageQuota(1, TimeSpan.FromDays(7), _time);
        quota.Take(1);

        // 2026-03-04 is a Wednesday.
        Assert.Equal(DayOfWeek.Monday, (_time.GetUtcNow() + quota.Wait(1)).DayOfWeek);
        Assert.Equal(TimeSpan.Zero, (_time.GetUtcNow() + quota.Wait(1)).TimeOfDay);
    }

    [Fact]
    public void A_clock_that_is_set_back_gives_nothing_again()
    {
        var time = new TestClock(_time.GetUtcNow());
        var quota = new ImageQuota(5, TimeSpan.FromHours(1), time);
        quota.Take(5);

        time.AdjustTime(time.GetUtcNow() - TimeSpan.FromHours(3));
        Assert.Equal(TimeSpan.FromHours(3.5), quota.Wait(1));
        time.AdjustTime(time.GetUtcNow() + TimeSpan.FromHours(3.5));
        Assert.Equal(TimeSpan.Zero, quota.Wait(1));
    }
}
