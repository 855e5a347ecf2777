using System.Collections.Concurrent;
using System.Threading.Channels;
using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

/// <summary>Behavior of the gRPC stream only.</summary>
public sealed class EmbedManyStreamTests : GatewayTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task A_broken_stream_is_opened_again_and_nothing_is_lost_or_sent_twice(int concurrency)
    {
        // Every 20th image that arrives breaks the stream, with others unanswered.
        var (arrived, broken) = (0, 0);
        var answered = new ConcurrentDictionary<string, int>();
        Gateway.OnImage = (image, _) =>
        {
            if (Interlocked.Increment(ref arrived) % 20 == 0)
            {
                Interlocked.Increment(ref broken);
                return Task.FromResult<FakeAnswer?>(null);
            }

            answered.AddOrUpdate(image.Text, 1, (_, times) => times + 1);
            return Task.FromResult<FakeAnswer?>(FakeAnswer.For(image.Data));
        };

        var results = await Client(Dinov2Protocol.Grpc, o => o.Concurrency = concurrency)
            .EmbedManyAsync(Sources(300), cancellationToken: Cancellation).ToListAsync(Cancellation);

        CheckAll(results, 300);
        Assert.True(broken >= 15);
        Assert.InRange(Gateway.Requests.Count, 2, broken + 1);
        if (concurrency == 1)
        {
            // With one image at a time, no answer is lost on its way.
            Assert.All(answered.Values, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public async Task Only_unanswered_images_are_sent_again()
    {
        var received = new ConcurrentQueue<string>();
        var othersDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Gateway.OnImage = async (image, cancellationToken) =>
        {
            received.Enqueue(image.Text);
            if (image.Text == "image 0" && Gateway.Requests.Count == 1)
            {
                await othersDone.Task.WaitAsync(cancellationToken);
                return null;
            }

            return FakeAnswer.For(image.Data);
        };
        var sources = Enumerable.Range(0, 4).Select(index => ImageSource.FromStream(
            _ => ValueTask.FromResult<Stream>(new MemoryStream(Image(index))), index.ToString(System.Globalization.CultureInfo.InvariantCulture)));

        // The input ends only after images 1 to 3 are answered: with a concurrency of two, each answer frees the place for the next image.
        var results = Client(Dinov2Protocol.Grpc, o => o.Concurrency = 2).EmbedManyAsync(Watched(), cancellationToken: Cancellation).ToListAsync(Cancellation);

        CheckAll(await results, 4);
        Assert.Equal(["image 0", "image 0", "image 1", "image 2", "image 3"], received.Order());
        Assert.Equal(2, Gateway.Requests.Count);

        IEnumerable<ImageSource> Watched()
        {
            foreach (var source in sources)
            {
                yield return source;
            }

            // The input is read to its end when images 1 to 3 are answered, and only image 0 holds a place.
            othersDone.SetResult();
        }
    }

    [Fact]
    public async Task A_stream_that_is_cut_while_it_is_idle_costs_nothing()
    {
        var input = Channel.CreateUnbounded<ImageSource>();
        await using var results = Client(Dinov2Protocol.Grpc)
            .EmbedManyAsync(input.Reader.ReadAllAsync(Cancellation), cancellationToken: Cancellation).GetAsyncEnumerator(Cancellation);
        for (var index = 0; index < 5; index++)
        {
            Assert.True(input.Writer.TryWrite(Source(index)));
            Assert.True(await results.MoveNextAsync());
            CheckFeatures(Image(index), results.Current.GetEmbedding());
            Gateway.CutStreams();
        }

        input.Writer.Complete();
        Assert.False(await results.MoveNextAsync());
        Assert.Equal(5, Gateway.Requests.Count);
    }

    [Fact]
    public async Task The_same_image_is_sent_whole_again()
    {
        // The images are in pooled arrays, because they come from streams: a repeated image must not have another image's bytes.
        var failed = 0;
        Gateway.OnImage = (image, _) => Task.FromResult(
            Gateway.Images.Count == 40 && Interlocked.Exchange(ref failed, 1) == 0 ? null : FakeAnswer.For(image.Data));
        var images = Enumerable.Range(0, 100).Select(index => Enumerable.Repeat((byte)index, 1000 + index).ToArray()).ToArray();

        var results = await Client(Dinov2Protocol.Grpc, o => o.Concurrency = 10)
            .EmbedManyAsync(images.Select(image => ImageSource.FromStream(new MemoryStream(image))), cancellationToken: Cancellation).ToListAsync(Cancellation);

        Assert.Equal(1, failed);
        Assert.All(results, (result, index) => CheckFeatures(images[index], result.GetEmbedding()));
    }

    [Fact]
    public async Task A_stream_that_is_never_answered_is_given_up()
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(FakeFailure.Unavailable);

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => Client(Dinov2Protocol.Grpc, o => o.MaxRetries = 3)
            .EmbedManyAsync(Sources(5), cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask());

        Assert.Equal(Dinov2ErrorKind.Unavailable, error.Kind);
        Assert.Equal(4, Gateway.Requests.Count);
    }

    [Fact]
    public async Task Overload_is_waited_for()
    {
        var time = new TestClock();
        Gateway.OnRequest = _ => Task.FromResult(Gateway.Requests.Count == 1 ? FakeFailure.Overloaded(7) : null);
        var results = Client(Dinov2Protocol.Grpc, time: time).EmbedManyAsync(Sources(5), cancellationToken: Cancellation).ToListAsync(Cancellation);

        await time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        Assert.Single(Gateway.Requests);
        time.Advance(TimeSpan.FromSeconds(7));

        CheckAll(await results, 5);
    }

    [Fact]
    public async Task An_image_that_no_device_takes_now_is_sent_again_on_the_same_stream()
    {
        var failed = new ConcurrentDictionary<string, bool>();
        Gateway.OnImage = (image, _) => Task.FromResult<FakeAnswer?>(
            image.Text is "image 3" or "image 9" && failed.TryAdd(image.Text, true)
                ? FakeAnswer.Failed(14, "no_device", "No device serves the model now.")
                : FakeAnswer.For(image.Data));

        var results = await Client(Dinov2Protocol.Grpc).EmbedManyAsync(Sources(10), cancellationToken: Cancellation).ToListAsync(Cancellation);

        CheckAll(results, 10);
        Assert.Equal((1, 12, 2), (Gateway.Requests.Count, Gateway.Images.Count, failed.Count));
    }

    [Fact]
    public async Task An_image_that_no_device_ever_takes_fails_alone()
    {
        Gateway.OnImage = (image, _) => Task.FromResult<FakeAnswer?>(
            image.Text == "image 1" ? FakeAnswer.Failed(14, "no_device", "No device serves the model now.") : FakeAnswer.For(image.Data));

        var results = await Client(Dinov2Protocol.Grpc, o => o.MaxRetries = 2)
            .EmbedManyAsync(Sources(3), cancellationToken: Cancellation).ToListAsync(Cancellation);

        Assert.Equal([null, Dinov2ErrorKind.Unavailable, null], results.Select(result => result.Error?.Kind));
        Assert.Equal("no_device", results[1].Error!.Reason);
    }

    [Fact]
    public async Task Crops_fit_into_the_stream()
    {
        var results = await Client(Dinov2Protocol.Grpc)
            .EmbedManyAsync([ImageSource.FromCrop(Image(0)), ImageSource.FromUri(new Uri("http://images.example/1.png"))], cancellationToken: Cancellation)
            .ToListAsync(Cancellation);

        CheckFeatures(Image(0), results[0].GetEmbedding());
        Assert.Equal(["crop", "url"], Gateway.Images.Select(image => image.Kind).Order());
    }
}
