using CsCheck;
using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Security;

public sealed class TokenBucketTests
{
    private readonly TestClock _time = new();

    [Fact]
    public void A_full_bucket_gives_all_it_holds_and_then_its_rate()
    {
        var bucket = new TokenBucket(perSecond: 4, capacity: 10, _time);

        Assert.True(TryTake(bucket, 10, out _));
        Assert.False(TryTake(bucket, 1, out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(250), wait);
        _time.Advance(TimeSpan.FromMilliseconds(750));
        Assert.Equal(TimeSpan.FromMilliseconds(250), bucket.Wait(4));
        Assert.True(TryTake(bucket, 3, out _));
        Assert.False(TryTake(bucket, 1, out _));
    }

    [Fact]
    public void An_idle_bucket_holds_no_more_than_its_capacity()
    {
        var bucket = new TokenBucket(perSecond: 1, capacity: 2, _time);
        Assert.True(bucket.IsFull);
        bucket.Take(1);
        Assert.False(bucket.IsFull);

        _time.Advance(TimeSpan.FromDays(30));

        Assert.True(bucket.IsFull);
        Assert.True(TryTake(bucket, 2, out _));
        Assert.False(TryTake(bucket, 1, out _));
    }

    [Fact]
    public void More_than_it_holds_is_never_there() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(1, 5, _time).Wait(6));

    [Fact]
    public void Never_more_is_let_in_than_the_capacity_and_the_rate_allow() => Gen
        .Select(Gen.Double[0.001, 100_000], Gen.Int[1, 1000], Gen.Select(Gen.Int[1, 1000], Gen.Long[0, 20_000_000]).List[1, 200])
        .Sample((rate, capacity, steps) =>
        {
            var time = new TestClock();
            var bucket = new TokenBucket(rate, capacity, time);
            var taken = new List<(long Ticks, int Tokens)>();
            var now = 0L;
            foreach (var (tokens, pause) in steps)
            {
                if (TryTake(bucket, Math.Min(tokens, capacity), out var wait))
                {
                    taken.Add((now, Math.Min(tokens, capacity)));
                }

                Assert.True(wait >= TimeSpan.Zero);
                time.Advance(TimeSpan.FromTicks(pause));
                now += pause;
            }

            // In any stretch of time, not only from the start.
            for (var first = 0; first < taken.Count; first++)
            {
                var sum = 0L;
                for (var last = first; last < taken.Count; last++)
                {
                    sum += taken[last].Tokens;
                    var seconds = (taken[last].Ticks - taken[first].Ticks) / (double)TimeSpan.TicksPerSecond;
                    Assert.True(sum <= capacity + (rate * seconds) + 1e-6 + (rate / TimeSpan.TicksPerSecond), $"{sum} in {seconds} s");
                }
            }
        });

    [Fact]
    public void Whoever_waits_as_told_is_let_in_and_not_a_tick_before() => Gen
        .Select(Gen.Double[0.001, 100_000], Gen.Int[1, 1000], Gen.Int[1, 1000].List[1, 50])
        .Sample((rate, capacity, requests) =>
        {
            var time = new TestClock();
            var bucket = new TokenBucket(rate, capacity, time);
            foreach (var request in requests)
            {
                var tokens = Math.Min(request, capacity);
                if (bucket.Wait(tokens) is var wait && wait > TimeSpan.Zero)
                {
                    time.Advance(wait - TimeSpan.FromTicks(1));
                    Assert.Equal(TimeSpan.FromTicks(1), bucket.Wait(tokens));
                    time.Advance(TimeSpan.FromTicks(1));
                }

                Assert.True(TryTake(bucket, tokens, out _));
            }
        });

    private static bool TryTake(TokenBucket bucket, int tokens, out TimeSpan wait)
    {
        wait = bucket.Wait(tokens);
        if (wait > TimeSpan.Zero)
        {
            return false;
        }

        bucket.Take(tokens);
        return true;
    }
}
