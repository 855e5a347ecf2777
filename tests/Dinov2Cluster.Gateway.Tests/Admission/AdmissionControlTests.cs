using CsCheck;
using Dinov2Cluster.Gateway.Admission;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Gateway.Tests.Admission;

public sealed class AdmissionControlTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Permits_are_counted_in_images_and_given_back_once()
    {
        var admission = Make(10);

        Assert.True(admission.TryAcquire("m", [], 7, out var seven, out _));
        Assert.False(admission.TryAcquire("m", [], 4, out _, out _));
        Assert.True(admission.TryAcquire("m", [], 3, out var three, out _));
        seven.Dispose();
        seven.Dispose();
        Assert.Equal(3, admission.ImagesInFlight);
        three.Dispose();
        Assert.Equal(0, admission.ImagesInFlight);
    }

    [Fact]
    public void The_time_to_retry_follows_the_measured_drain_rate()
    {
        var admission = Make(100);
        // Ten images a second for ten seconds.
        Assert.True(admission.TryAcquire("m", [], 1, out var always, out _));
        for (var i = 0; i < 100; i++)
        {
            Assert.True(admission.TryAcquire("m", [], 1, out var permit, out _));
            _time.Advance(TimeSpan.FromMilliseconds(100));
            permit.Dispose();
        }

        Assert.True(admission.TryAcquire("m", [], 99, out _, out _));
        Assert.False(admission.TryAcquire("m", [], 50, out _, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(5), retryAfter);
        Assert.False(admission.TryAcquire("m", [], 1, out _, out retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(1), retryAfter);
        Assert.False(admission.TryAcquire("m", [], 100_000, out _, out retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(60), retryAfter);
        always.Dispose();
    }

    [Fact]
    public void Idle_time_does_not_lower_the_rate()
    {
        var admission = Make(10);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            Assert.True(admission.TryAcquire("m", [], 10, out var permit, out _));
            _time.Advance(TimeSpan.FromSeconds(1));
            permit.Dispose();
        }

        Assert.True(admission.TryAcquire("m", [], 10, out _, out _));
        Assert.False(admission.TryAcquire("m", [], 10, out _, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(1), retryAfter);
    }

    [Fact]
    public void Never_are_more_images_in_flight_than_may_be() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[0, 20].Array[1, 60]).Sample((capacity, sizes) =>
        {
            var admission = Make(capacity);
            var permits = new Queue<AdmissionPermit>();
            foreach (var size in sizes)
            {
                var before = admission.ImagesInFlight;
                if (admission.TryAcquire("m", [], size, out var permit, out _))
                {
                    permits.Enqueue(permit);
                }
                else if (before + size <= capacity)
                {
                    return false;
                }
                else if (permits.TryDequeue(out var oldest))
                {
                    oldest.Dispose();
                }

                if (admission.ImagesInFlight > capacity)
                {
                    return false;
                }
            }

            while (permits.TryDequeue(out var rest))
            {
                rest.Dispose();
            }

            return admission.ImagesInFlight == 0;
        });

    private AdmissionControl Make(int images) => new(Options.Create(new AdmissionOptions { MaxImages = images }), _time);
}
