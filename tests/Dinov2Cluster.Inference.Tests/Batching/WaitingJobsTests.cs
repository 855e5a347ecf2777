using CsCheck;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class WaitingJobsTests
{
    [Fact]
    public void Interactive_goes_first_but_every_eighth_image_is_bulk_while_both_wait()
    {
        var waiting = new WaitingJobs();
        var bulk = Job(3, Priority.Bulk);
        var interactive = Job(20, Priority.Interactive);
        waiting.Add(bulk);
        waiting.Add(interactive);

        Assert.Equal(new string('i', 7) + 'b' + new string('i', 7) + 'b' + new string('i', 6) + 'b', string.Concat(TakeAll(waiting, 1)));
    }

    [Fact]
    public void A_priority_of_a_newer_gateway_waits_like_bulk()
    {
        var waiting = new WaitingJobs();
        var unknown = Job(1, (Priority)99);
        waiting.Add(unknown);
        waiting.Add(Job(2, Priority.Interactive));

        Assert.NotSame(unknown, waiting.Next(out _));
        waiting.Take(waiting.Next(out _)!, 2);
        Assert.Same(unknown, waiting.Next(out _));
    }

    [Fact]
    public void Bulk_alone_is_not_held_back_and_owes_nothing_afterwards()
    {
        var waiting = new WaitingJobs();
        waiting.Add(Job(40, Priority.Bulk));
        Assert.Equal(40, TakeAll(waiting, 1000).Count(kind => kind == 'b'));

        waiting.Add(Job(7, Priority.Interactive));
        waiting.Add(Job(1, Priority.Bulk));

        Assert.Equal("iiiiiiib", string.Concat(TakeAll(waiting, 3)));
    }

    [Fact]
    public void Whatever_comes_when_bulk_is_served_after_a_bounded_number_of_interactive_images_each_kind_in_order_and_nothing_is_lost() =>
        Gen.Select(Gen.Bool, Gen.Int[1, 12], Gen.Int[0, 9]).Array[1, 80].Sample(arrivals =>
        {
            var waiting = new WaitingJobs();
            var arrived = new List<EmbeddingJob>();
            var taken = new List<JobSlice>();
            var before = new Dictionary<EmbeddingJob, (int Bulk, int Interactive)>();
            var served = (Bulk: 0, Interactive: 0);
            foreach (var (isBulk, images, steps) in arrivals)
            {
                var job = Job(images, isBulk ? Priority.Bulk : Priority.Interactive);
                before[job] = (arrived.Where(other => other.Priority == Priority.Bulk).Sum(other => other.Unclaimed), served.Interactive);
                arrived.Add(job);
                waiting.Add(job);
                Serve(steps);
            }

            Serve(int.MaxValue);
            Assert.Equal(0, waiting.Images);
            Assert.All(arrived, job => Assert.Equal(Enumerable.Range(0, job.Count), taken.Where(slice => slice.Job == job).SelectMany(slice => Enumerable.Range(slice.First, slice.Count))));
            foreach (var kind in Enum.GetValues<Priority>())
            {
                var expected = arrived.Where(job => job.Priority == kind);
                Assert.Equal(expected, taken.Select(slice => slice.Job).Where(job => job.Priority == kind).Distinct());
            }

            void Serve(int steps)
            {
                for (; steps > 0 && waiting.Next(out var most) is { } job; steps--)
                {
                    if (job.Priority == Priority.Bulk)
                    {
                        var (bulkAhead, interactive) = before[job];
                        Assert.InRange(served.Interactive - interactive, 0, (bulkAhead + job.Claimed + 1) * WaitingJobs.InteractivePerBulk);
                    }

                    var slice = waiting.Take(job, 1 + (steps % most));
                    taken.Add(slice);
                    served = job.Priority == Priority.Bulk ? (served.Bulk + slice.Count, served.Interactive) : (served.Bulk, served.Interactive + slice.Count);
                    Assert.Equal(arrived.Sum(other => other.Unclaimed), waiting.Images);
                }
            }
        });

    [Fact]
    public void The_oldest_job_is_found_in_either_kind()
    {
        var waiting = new WaitingJobs();
        Assert.Null(waiting.Oldest);
        var bulk = Job(1, Priority.Bulk);
        var interactive = Job(1, Priority.Interactive);
        bulk.EnqueuedAt = 1;
        interactive.EnqueuedAt = 2;
        waiting.Add(interactive);
        Assert.Same(interactive, waiting.Oldest);
        waiting.Add(bulk);
        Assert.Same(bulk, waiting.Oldest);
        waiting.Remove(bulk);
        waiting.Remove(bulk);
        Assert.Same(interactive, waiting.Oldest);
        Assert.Equal(1, waiting.Images);
    }

    private static EmbeddingJob Job(int images, Priority priority) => new(default, images, priority, Output.Cls, Deadline.None, CancellationToken.None);

    private static IEnumerable<char> TakeAll(WaitingJobs waiting, int atMost)
    {
        while (waiting.Next(out var most) is { } job)
        {
            var slice = waiting.Take(job, Math.Min(most, atMost));
            for (var i = 0; i < slice.Count; i++)
            {
                yield return job.Priority == Priority.Bulk ? 'b' : 'i';
            }
        }
    }
}
