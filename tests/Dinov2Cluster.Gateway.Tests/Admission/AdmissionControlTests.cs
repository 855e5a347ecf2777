using CsCheck;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Admission;

public sealed class AdmissionControlTests
{
    private readonly TestClock _time = new();

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

    [Fact]
    public void A_model_gets_what_its_devices_have_room_for_and_another_model_is_not_hindered()
    {
        var admission = Make(10_000);
        var devices = TestDevices.Make(2);

        Assert.True(admission.TryAcquire("m", devices, 100, out var permit, out _));
        Assert.True(admission.TryAcquire("m", devices, 28, out _, out _));
        Assert.False(admission.TryAcquire("m", devices, 1, out _, out _));
        Assert.True(admission.TryAcquire("n", devices, 128, out _, out _));
        permit.Dispose();
        Assert.True(admission.TryAcquire("m", devices, 100, out _, out _));
    }

    [Fact]
    public void A_lone_request_is_let_in_however_small_the_devices_are()
    {
        var admission = Make(512);
        var devices = TestDevices.Make(1);

        Assert.True(admission.TryAcquire("m", devices, 256, out var permit, out _));
        Assert.False(admission.TryAcquire("m", devices, 1, out _, out _));
        Assert.True(admission.TryAcquire("m", devices, 0, out _, out _));
        permit.Dispose();
        Assert.True(admission.TryAcquire("m", devices, 512, out _, out _));
        Assert.False(admission.TryAcquire("n", devices, 1, out _, out _));
    }

    [Fact]
    public void Without_a_device_only_the_gateway_s_bound_counts()
    {
        var admission = Make(512);

        Assert.True(admission.TryAcquire("m", [], 256, out _, out _));
        Assert.True(admission.TryAcquire("m", [], 256, out _, out _));
        Assert.False(admission.TryAcquire("m", [], 1, out _, out _));
    }

    [Fact]
    public void The_time_to_retry_is_the_devices_while_nothing_is_measured_and_then_the_measured_one_if_that_is_longer()
    {
        // 32 images a second.
        var devices = TestDevices.Make(1, bestBatch: 32, bestSeconds: 1);
        var admission = Make(512);
        Assert.True(admission.TryAcquire("m", devices, 160, out var first, out _));

        Assert.False(admission.TryAcquire("m", devices, 96, out _, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(6), retryAfter);

        // Sixteen a second came out.
        _time.Advance(TimeSpan.FromSeconds(10));
        first.Dispose();
        Assert.True(admission.TryAcquire("m", devices, 160, out _, out _));
        Assert.False(admission.TryAcquire("m", devices, 96, out _, out retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(12), retryAfter);
    }

    [Fact]
    public void Every_image_is_admitted_or_rejected_and_every_admitted_one_leaves_once() =>
        Gen.Select(Gen.Int[1, 3], Gen.Select(Gen.Int[0, 90], Gen.Int[0, 2], Gen.Bool).Array[1, 80]).Sample((count, steps) =>
        {
            var devices = TestDevices.Make(count);
            var admission = Make(160);
            var open = new List<(AdmissionPermit Permit, int Images)>();
            int offered = 0, rejected = 0, left = 0;
            foreach (var (images, action, first) in steps)
            {
                if (action < 2)
                {
                    offered += images;
                    if (admission.TryAcquire("m", devices, images, out var permit, out var retryAfter))
                    {
                        open.Add((permit, images));
                    }
                    else
                    {
                        rejected += images;
                        Assert.InRange(retryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
                    }
                }
                else if (open.Count > 0)
                {
                    // Answered or canceled: admission sees no difference.
                    var (permit, admitted) = open[first ? 0 : ^1];
                    open.RemoveAt(first ? 0 : open.Count - 1);
                    permit.Dispose();
                    left += admitted;
                }

                Assert.Equal(offered, admission.ImagesInFlight + rejected + left);
                Assert.InRange(admission.ImagesInFlight, 0, Math.Min(160, Math.Max(64 * count, 90)));
            }
        });

    private AdmissionControl Make(int images) => new(Options.Create(new AdmissionOptions { MaxImages = images, MaxQueueTime = TimeSpan.FromMilliseconds(100) }), _time);
}
