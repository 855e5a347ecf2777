using CsCheck;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class BatchPlannerTests
{
    private readonly TestClock _time = new();
    private readonly WaitingJobs _waiting = new();
    private readonly List<JobSlice> _batch = [];
    private readonly List<EmbeddingJob> _hopeless = [];
    private readonly CostProfile _costs;
    private readonly DeviceClock _clock;
    private readonly BatchPlanner _planner;

    public BatchPlannerTests()
    {
        // 100 ms, and 10 more for each image; the best batch is 16.
        _costs = new CostProfile(new CostCurve([1, 16], [0.110, 0.260]), _time);
        _clock = new DeviceClock(_time);
        _planner = new BatchPlanner(_costs, _clock);
    }

    [Fact]
    public void Without_deadlines_it_takes_the_best_batch()
    {
        Add(10);
        Add(10);

        Assert.Equal(16, Plan());

        Assert.Equal([(0, 10), (0, 6)], _batch.Select(slice => (slice.First, slice.Count)));
        Assert.Equal(4, _waiting.Images);
    }

    [Fact]
    public void A_batch_is_made_smaller_for_the_sake_of_a_member()
    {
        // 5 images take 150 ms, 6 would take 160.
        Add(3, milliseconds: 155);
        Add(10);

        Assert.Equal(5, Plan());

        Assert.Equal([3, 2], _batch.Select(slice => slice.Count));
    }

    [Fact]
    public void A_job_that_would_be_late_in_this_batch_waits_rather_than_being_taken_in_vain()
    {
        Add(8);
        var tight = Add(1, milliseconds: 185);
        Add(8);

        // The tight one's deadline does not allow a batch of nine, so eight go; after them it can't be met any more.
        Assert.Equal(8, Plan());
        Assert.Empty(_hopeless);
        _time.Advance(TimeSpan.FromMilliseconds(180));
        Assert.Equal(8, Plan());
        Assert.Equal([tight], _hopeless);
    }

    [Fact]
    public void An_image_that_no_batch_can_make_in_time_costs_no_compute()
    {
        var lost = Add(1, milliseconds: 109);
        var made = Add(1, milliseconds: 121);

        Assert.Equal(1, Plan());

        Assert.Equal([lost], _hopeless);
        Assert.Equal([made], _batch.Select(slice => slice.Job));
    }

    [Fact]
    public void A_job_of_many_batches_is_judged_by_its_last_one()
    {
        var lost = Add(32, milliseconds: 519);
        var made = Add(32, milliseconds: 521);

        Assert.Equal(16, Plan());

        Assert.Equal([lost], _hopeless);
        Assert.Equal([made], _batch.Select(slice => slice.Job));
    }

    [Fact]
    public void What_the_device_still_has_to_do_counts()
    {
        _clock.Begin(_time.GetTimestamp(), 0.1);
        var lost = Add(1, milliseconds: 205);
        Add(5, milliseconds: 255);
        Add(10);

        Assert.Equal(5, Plan());

        Assert.Equal([lost], _hopeless);
    }

    [Fact]
    public void An_old_estimate_refuses_no_job_and_is_renewed_with_one_image()
    {
        _time.Advance(BatchPlanner.TrustedAge + TimeSpan.FromTicks(1));
        var job = Add(3, milliseconds: 50);
        Add(3);

        Assert.Equal(1, Plan());
        Assert.Equal([(job, 1)], _batch.Select(slice => (slice.Job, slice.Count)));

        // It was right: the rest is dropped.
        _costs.Observe(1, 0.110, _time.GetTimestamp());
        Assert.Equal(3, Plan());
        Assert.Equal([job], _hopeless);
    }

    [Fact]
    public void Every_member_is_predicted_to_be_in_time_the_batch_can_t_be_larger_and_no_image_is_lost() =>
        Gen.Select(Gen.Bool, Gen.Int[1, 20], Gen.Int[0, 600]).Array[1, 30].Sample(jobs =>
        {
            var test = new BatchPlannerTests();
            foreach (var (isBulk, images, milliseconds) in jobs)
            {
                test.Add(images, milliseconds > 500 ? null : milliseconds, isBulk ? Priority.Bulk : Priority.Interactive);
            }

            var rounds = 0;
            var served = 0;
            while (test._waiting.Images > 0)
            {
                Assert.True(rounds++ < 1000);
                var images = test.Plan();
                served += images;
                Assert.Equal(images, test._batch.Sum(slice => slice.Count));
                Assert.Equal(jobs.Sum(job => job.Item2), served + test._waiting.Images + test._lost);
                if (images == 0)
                {
                    continue;
                }

                var members = test._batch.Select(slice => slice.Job.Deadline);
                Assert.All(members, deadline => Assert.False(deadline.HasPassed(test.EndOf(images))));
                if (images < 16 && test._waiting.Next(out _) is { } next)
                {
                    Assert.Contains(members.Append(next.Deadline), deadline => deadline.HasPassed(test.EndOf(images + 1)));
                }

                test._time.Advance(TimeSpan.FromSeconds(test._costs.Curve.Seconds(images)));
                test._costs.Observe(images, test._costs.Curve.Seconds(images), test._time.GetTimestamp());
            }
        });

    private int _lost;

    private EmbeddingJob Add(int images, int? milliseconds = null, Priority priority = Priority.Interactive)
    {
        var deadline = milliseconds is { } left ? Deadline.After(_time, TimeSpan.FromMilliseconds(left)) : Deadline.None;
        var job = new EmbeddingJob(default, images, priority, Output.Cls, deadline, CancellationToken.None);
        _waiting.Add(job);
        return job;
    }

    private int Plan()
    {
        _batch.Clear();
        _hopeless.Clear();
        var images = _planner.Plan(_waiting, _batch, _hopeless, _time.GetTimestamp());
        _lost += _hopeless.Sum(job => job.Unclaimed);
        return images;
    }

    private long EndOf(int images) => _clock.Ahead(_time.GetTimestamp(), _costs.Curve.Seconds(images));
}
