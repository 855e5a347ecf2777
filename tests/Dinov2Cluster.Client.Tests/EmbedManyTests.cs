using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

public sealed class EmbedManyTests : GatewayTest
{
    [Theory]
    [InlineData(Dinov2Protocol.Grpc, 0)]
    [InlineData(Dinov2Protocol.Grpc, 1)]
    [InlineData(Dinov2Protocol.Grpc, 500)]
    [InlineData(Dinov2Protocol.Http, 0)]
    [InlineData(Dinov2Protocol.Http, 1)]
    [InlineData(Dinov2Protocol.Http, 500)]
    public async Task Results_come_in_order(Dinov2Protocol protocol, int count)
    {
        var results = await Client(protocol).EmbedManyAsync(Sources(count), cancellationToken: Cancellation).ToListAsync(Cancellation);

        CheckAll(results, count);
        Assert.All(Gateway.Requests, request => Assert.True(request.Bulk));
        if (protocol == Dinov2Protocol.Grpc)
        {
            Assert.Equal(Math.Min(count, 1), Gateway.Requests.Count);
            Assert.Equal(Gateway.Requests.Count, Gateway.EndedStreams);
        }
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Answers_out_of_order_are_put_in_order(Dinov2Protocol protocol)
    {
        // Each image waits for the next one to be answered: they are answered from the last to the first.
        const int Count = 8;
        var answered = Enumerable.Range(0, Count + 1).Select(_ => new TaskCompletionSource()).ToArray();
        answered[Count].SetResult();
        Gateway.OnImage = async (image, cancellationToken) =>
        {
            var index = Index(image);
            await answered[index + 1].Task.WaitAsync(cancellationToken);
            answered[index].SetResult();
            return FakeAnswer.For(image.Data);
        };

        var results = await Client(protocol, o => (o.Concurrency, o.ImagesPerRequest) = (Count, 1))
            .EmbedManyAsync(Sources(Count), cancellationToken: Cancellation).ToListAsync(Cancellation);

        CheckAll(results, Count);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Never_more_images_are_open_than_the_concurrency_says(Dinov2Protocol protocol)
    {
        const int Concurrency = 5;
        var (opened, most, inFlight) = (0, 0, 0);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Gateway.OnImage = async (image, cancellationToken) =>
        {
            if (Record(Interlocked.Increment(ref inFlight)) == Concurrency)
            {
                full.TrySetResult();
            }

            await release.Task.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref inFlight);
            return FakeAnswer.For(image.Data);
        };
        var sources = Enumerable.Range(0, 60).Select(index => ImageSource.FromStream(_ =>
        {
            Interlocked.Increment(ref opened);
            return ValueTask.FromResult<Stream>(new MemoryStream(Image(index)));
        }));

        // One image per request, so that the request size is not a limit.
        var results = Client(protocol, o => (o.Concurrency, o.ImagesPerRequest) = (Concurrency, 1))
            .EmbedManyAsync(sources, cancellationToken: Cancellation).ToListAsync(Cancellation);
        await full.Task;
        Assert.Equal(Concurrency, Volatile.Read(ref opened));
        release.SetResult();

        CheckAll(await results, 60);
        Assert.Equal((60, Concurrency), (opened, most));

        int Record(int now)
        {
            for (var seen = most; now > seen; seen = most)
            {
                Interlocked.CompareExchange(ref most, now, seen);
            }

            return now;
        }
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task The_input_is_read_no_further_than_results_are_taken(Dinov2Protocol protocol)
    {
        const int Concurrency = 4;
        var read = 0;
        await using var results = Client(protocol, o => o.Concurrency = Concurrency)
            .EmbedManyAsync(Endless(Cancellation), cancellationToken: Cancellation).GetAsyncEnumerator(Cancellation);

        for (var taken = 1; taken <= 200; taken++)
        {
            Assert.True(await results.MoveNextAsync());
            CheckFeatures(Image(taken - 1), results.Current.GetEmbedding());
            // Images that wait in order, one that waits for a place there, and images that were taken.
            Assert.InRange(Volatile.Read(ref read), taken, taken + (2 * Concurrency) + 1);
        }

        async IAsyncEnumerable<ImageSource> Endless([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var index = 0; ; index++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                Interlocked.Increment(ref read);
                yield return Source(index);
            }
        }
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc, 1)]
    [InlineData(Dinov2Protocol.Grpc, 64)]
    [InlineData(Dinov2Protocol.Http, 1)]
    [InlineData(Dinov2Protocol.Http, 64)]
    public async Task Images_that_fail_leave_the_others_alone(Dinov2Protocol protocol, int concurrency)
    {
        Gateway.OnImage = (image, _) => Task.FromResult<FakeAnswer?>(Index(image) % 3 == 1 ? FakeAnswer.Bad() : FakeAnswer.For(image.Data));
        var sources = Enumerable.Range(0, 90).Select(index => index % 3 == 2 ? ImageSource.FromFile("/nonexistent/cat.jpg") : Source(index));

        // With one at a time every request has one image; with more, a bad image shares a request.
        var results = await Client(protocol, o => o.Concurrency = concurrency).EmbedManyAsync(sources, cancellationToken: Cancellation).ToListAsync(Cancellation);

        Assert.Equal(90, results.Count);
        Assert.All(results, (result, index) => Assert.Equal(
            (index % 3) switch { 0 => null, 1 => Dinov2ErrorKind.InvalidImage, _ => Dinov2ErrorKind.UnreadableSource },
            result.Error?.Kind));
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Leaving_the_loop_cancels_what_is_under_way(Dinov2Protocol protocol)
    {
        var (disposed, begun) = (false, 0);
        var abandoned = new ConcurrentBag<int>();
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Gateway.OnImage = async (image, cancellationToken) =>
        {
            if (Index(image) == 0)
            {
                await hanging.Task.WaitAsync(cancellationToken);
                return FakeAnswer.For(image.Data);
            }

            if (Interlocked.Increment(ref begun) == 2)
            {
                hanging.SetResult();
            }

            await using var _ = cancellationToken.Register(() =>
            {
                abandoned.Add(Index(image));
                if (abandoned.Count == 2)
                {
                    ended.SetResult();
                }
            });
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return null;
        };

        await foreach (var result in Client(protocol, o => (o.Concurrency, o.ImagesPerRequest) = (3, 1)).EmbedManyAsync(Input(Cancellation), cancellationToken: Cancellation))
        {
            CheckFeatures(Image(0), result.GetEmbedding());
            break;
        }

        await ended.Task;
        Assert.True(disposed);

        async IAsyncEnumerable<ImageSource> Input([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                for (var index = 0; index < 3; index++)
                {
                    yield return Source(index);
                }

                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            finally
            {
                disposed = true;
            }
        }
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Cancellation_ends_the_loop(Dinov2Protocol protocol)
    {
        using var cancel = new CancellationTokenSource();
        var results = Client(protocol).EmbedManyAsync(EndlessSources(), cancellationToken: CancellationToken.None);
        var seen = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in results.WithCancellation(cancel.Token))
            {
                if (++seen == 10)
                {
                    await cancel.CancelAsync();
                }
            }
        });
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_service_that_refuses_ends_the_loop_after_what_it_answered(Dinov2Protocol protocol)
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(403, 7));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(protocol).EmbedManyAsync(EndlessSources(), cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask());

        Assert.Equal(Dinov2ErrorKind.PermissionDenied, error.Kind);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_fault_of_the_input_comes_after_the_results_before_it(Dinov2Protocol protocol)
    {
        var results = new List<EmbedResult>();

        var error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var result in Client(protocol).EmbedManyAsync(Input(), cancellationToken: Cancellation))
            {
                results.Add(result);
            }
        });

        Assert.Equal("the input broke", error.Message);
        CheckAll(results, 3);

        static IEnumerable<ImageSource> Input()
        {
            for (var index = 0; index < 3; index++)
            {
                yield return Source(index);
            }

            throw new InvalidDataException("the input broke");
        }
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Without_any_answer_for_the_deadline_it_fails(Dinov2Protocol protocol)
    {
        var time = new TestClock();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Gateway.OnImage = async (image, cancellationToken) =>
        {
            if (Index(image) == 0)
            {
                return FakeAnswer.For(image.Data);
            }

            arrived.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return null;
        };
        await using var results = Client(protocol, o => o.ImagesPerRequest = 1, time)
            .EmbedManyAsync(Sources(2), new EmbedOptions { Deadline = TimeSpan.FromSeconds(30) }, Cancellation).GetAsyncEnumerator(Cancellation);

        Assert.True(await results.MoveNextAsync());
        await arrived.Task;
        time.Advance(TimeSpan.FromSeconds(30));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => results.MoveNextAsync().AsTask());
        Assert.Equal(Dinov2ErrorKind.DeadlineExceeded, error.Kind);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_client_that_is_disposed_ends_the_loop(Dinov2Protocol protocol)
    {
        var client = Client(protocol);

        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var _ in client.EmbedManyAsync(EndlessSources(), cancellationToken: Cancellation))
            {
                client.Dispose();
            }
        });
    }

    private static IEnumerable<ImageSource> EndlessSources()
    {
        for (var index = 0; ; index++)
        {
            yield return Source(index);
        }
    }

    private static int Index(FakeImage image) => int.Parse(image.Text["image ".Length..], System.Globalization.CultureInfo.InvariantCulture);
}
