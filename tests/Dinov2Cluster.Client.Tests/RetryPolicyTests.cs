using CsCheck;

namespace Dinov2Cluster.Client.Tests;

public sealed class RetryPolicyTests
{
    private static readonly Dinov2ClientOptions _options = new() { Address = new Uri("http://gateway:8081") };

    [Fact]
    public void The_wait_is_what_the_gateway_asks_for_and_a_random_part_that_grows() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 20], Gen.Double[0, 0.999]).Sample((retries, retryAfter, part) =>
        {
            var error = new Dinov2Exception(Dinov2ErrorKind.Overloaded, "") { RetryAfter = retryAfter == 0 ? null : TimeSpan.FromSeconds(retryAfter) };

            var delay = new RetryPolicy(_options, new FixedRandom(part)).Delay(error, retries, TimeSpan.MaxValue);

            var ceiling = Math.Min(0.2 * (1 << retries), 10);
            Assert.Equal(retryAfter + (ceiling * part), delay!.Value.TotalSeconds, 1e-6);
        });

    [Theory]
    [InlineData(Dinov2ErrorKind.Overloaded, 9, 1, true)]
    [InlineData(Dinov2ErrorKind.Unavailable, 0, 1, true)]
    [InlineData(Dinov2ErrorKind.Unavailable, 10, 1, false)]
    [InlineData(Dinov2ErrorKind.Unavailable, 0, 0, false)]
    [InlineData(Dinov2ErrorKind.DeadlineExceeded, 0, 1, false)]
    [InlineData(Dinov2ErrorKind.InvalidImage, 0, 1, false)]
    [InlineData(Dinov2ErrorKind.Internal, 0, 1, false)]
    public void Only_what_passes_is_tried_again_so_often_and_within_the_time(Dinov2ErrorKind kind, int retries, double remaining, bool again) =>
        Assert.Equal(
            again,
            new RetryPolicy(_options, new FixedRandom(0)).Delay(new Dinov2Exception(kind, ""), retries, TimeSpan.FromSeconds(remaining)) is not null);

    private sealed class FixedRandom(double value) : Random(0)
    {
        public override double NextDouble() => value;
    }
}
