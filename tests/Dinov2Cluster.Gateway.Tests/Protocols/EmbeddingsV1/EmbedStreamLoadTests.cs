using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.TestSupport;
using Grpc.Core;

namespace Dinov2Cluster.Gateway.Tests.Protocols.EmbeddingsV1;

public sealed class EmbedStreamLoadTests
{
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Overload_is_waited_for()
    {
        var time = new TestClock();
        await using var test = await StreamTest.StartAsync(time);
        Assert.True(test.Admission.TryAcquire("tiny", [], 512, out var permit, out _));

        await test.SendAsync(1, "a");
        await time.WaitBegunAsync(_poll, Cancellation);
        permit.Dispose();
        time.Advance(_poll);

        test.Check(await test.NextAsync(), "a");
    }

    [Fact]
    public async Task Overload_is_told_to_an_image_when_its_deadline_passes()
    {
        var time = new TestClock();
        await using var test = await StreamTest.StartAsync(time);
        Assert.True(test.Admission.TryAcquire("tiny", [], 512, out var permit, out _));

        await test.SendAsync(1, "a");
        await time.WaitBegunAsync(_poll, Cancellation);
        time.Advance(_deadline);
        var late = await test.NextAsync();
        permit.Dispose();
        await test.SendAsync(2, "b");

        Assert.Equal((1ul, (int)StatusCode.ResourceExhausted, "overloaded"), (late.Id, late.Result.Error.Code, late.Result.Error.Reason));
        test.Check(await test.NextAsync(), "b");
    }

    [Fact]
    public async Task A_full_body_budget_is_waited_for()
    {
        var time = new TestClock();
        await using var test = await StreamTest.StartAsync(time);
        using var others = test.Bodies.Lease();
        Assert.True(others.TryGrow(1_000_000_000));

        await test.SendAsync(1, "a");
        await time.WaitBegunAsync(_poll, Cancellation);
        others.Dispose();
        time.Advance(_poll);

        test.Check(await test.NextAsync(), "a");
        await test.IsReleasedAsync();
    }

    [Fact]
    public async Task A_full_body_budget_is_told_to_an_image_when_its_deadline_passes()
    {
        var time = new TestClock();
        await using var test = await StreamTest.StartAsync(time);
        using var others = test.Bodies.Lease();
        Assert.True(others.TryGrow(1_000_000_000));

        await test.SendAsync(1, "a");
        await time.WaitBegunAsync(_poll, Cancellation);
        time.Advance(_deadline);

        Assert.Equal("overloaded", (await test.NextAsync()).Result.Error.Reason);
        Assert.Equal(1_000_000_000, test.Bodies.Used);
    }

    [Theory]
    [InlineData(EmbeddingErrorKind.RateLimited)]
    [InlineData(EmbeddingErrorKind.QuotaExceeded)]
    public async Task A_callers_limit_is_waited_for_as_long_as_it_says(object kind)
    {
        var time = new TestClock();
        var caller = new CountingCaller { OnTake = _ => new EmbeddingException((EmbeddingErrorKind)kind, retryAfter: TimeSpan.FromSeconds(7)) };
        await using var test = await StreamTest.StartAsync(time, caller);

        await test.SendAsync(1, "a");
        await time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        caller.OnTake = null;
        time.Advance(TimeSpan.FromSeconds(7));

        test.Check(await test.NextAsync(), "a");
        Assert.Equal([1], caller.Taken);
    }

    [Fact]
    public async Task A_batch_that_is_turned_away_goes_in_smaller_ones()
    {
        var caller = new CountingCaller { OnTake = images => images > 2 ? new EmbeddingException(EmbeddingErrorKind.RateLimited, retryAfter: TimeSpan.FromDays(1)) : null };
        await using var test = await StreamTest.StartAsync(caller: caller, settings: [("Gateway:MaxImagesPerRequest", "4")]);
        for (var id = 0ul; id < 20; id++)
        {
            await test.SendAsync(id, $"image {id}");
        }

        await test.Call.RequestStream.CompleteAsync();
        var answers = await test.RestAsync();

        Assert.All(answers, answer => test.Check(answer.Value, $"image {answer.Key}"));
        Assert.Equal((20, 20), (answers.Count, caller.Taken.Sum()));
    }

    [Fact]
    public async Task An_image_that_is_tried_again_is_charged_once()
    {
        var time = new TestClock();
        var caller = new CountingCaller();
        await using var test = await StreamTest.StartAsync(time, caller);
        test.Host.Router.OnEmbed = (_, _, _) => throw new EmbeddingException(EmbeddingErrorKind.Overloaded);

        await test.SendAsync(1, "a");
        await time.WaitBegunAsync(_poll, Cancellation);
        test.Host.Router.OnEmbed = null;
        time.Advance(_poll);

        test.Check(await test.NextAsync(), "a");
        Assert.Equal([1], caller.Taken);
    }

    [Fact]
    public async Task The_deadline_of_an_image_is_its_own()
    {
        var time = new TestClock();
        await using var test = await StreamTest.StartAsync(time);
        await test.StartAsync(1, "wait-a");
        time.Advance(_deadline / 2);
        await test.StartAsync(2, "wait-b");
        time.Advance(_deadline / 2);
        var late = await test.NextAsync();
        test.Crops.Release("wait-b");

        Assert.Equal((1ul, (int)StatusCode.DeadlineExceeded, "deadline_exceeded"), (late.Id, late.Result.Error.Code, late.Result.Error.Reason));
        test.Check(await test.NextAsync(), "wait-b");
    }

    [Fact]
    public async Task A_shutdown_answers_what_was_read_and_sends_the_client_elsewhere()
    {
        var time = new TestClock();
        await using var test = await StreamTest.StartAsync(time, settings: [("Gateway:DrainDelay", "00:00:07")]);
        await test.StartAsync(1, "wait-a");

        var stop = test.Host.StopAsync();
        await time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        test.Crops.Release("wait-a");
        test.Check(await test.NextAsync(), "wait-a");
        var end = await test.EndAsync();
        time.Advance(TimeSpan.FromSeconds(7));
        await stop.WaitAsync(Cancellation);

        Assert.Equal((StatusCode.Unavailable, "shutting_down"), (end.StatusCode, end.Trailers.GetValue("dinov2-reason")));
    }

    [Fact]
    public async Task An_idle_stream_does_not_hold_a_shutdown_and_a_new_one_is_sent_elsewhere()
    {
        var time = new TestClock();
        await using var test = await StreamTest.StartAsync(time, settings: [("Gateway:DrainDelay", "00:00:07")]);
        await test.SendAsync(1, "a");
        await test.NextAsync();

        var stop = test.Host.StopAsync();
        await time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        var idle = await test.EndAsync();
        using var late = test.Client.Stream();
        var refused = await Assert.ThrowsAsync<RpcException>(() => late.ResponseStream.MoveNext(Cancellation));
        time.Advance(TimeSpan.FromSeconds(7));
        await stop.WaitAsync(Cancellation);

        Assert.Equal((StatusCode.Unavailable, StatusCode.Unavailable), (idle.StatusCode, refused.StatusCode));
    }
}
