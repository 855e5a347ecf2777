using System.Collections.Concurrent;
using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;

namespace Dinov2Cluster.Client.Tests;

public sealed class EmbedBatchTests : GatewayTest
{
    [Theory]
    [InlineData(Dinov2Protocol.Grpc, 0)]
    [InlineData(Dinov2Protocol.Grpc, 1)]
    [InlineData(Dinov2Protocol.Grpc, 100)]
    [InlineData(Dinov2Protocol.Http, 0)]
    [InlineData(Dinov2Protocol.Http, 1)]
    [InlineData(Dinov2Protocol.Http, 100)]
    public async Task Results_are_in_order_whatever_the_requests(Dinov2Protocol protocol, int count)
    {
        var images = Sources(count).ToArray();

        var results = await Client(protocol, o => (o.Concurrency, o.ImagesPerRequest) = (20, 7)).EmbedBatchAsync(images, cancellationToken: Cancellation);

        CheckAll(results, count);
        Assert.Equal(images, results.Select(result => result.Source));
        Assert.Equal(count, Gateway.Requests.Sum(request => request.Images));
        Assert.All(Gateway.Requests, request =>
        {
            Assert.InRange(request.Images, 1, 7);
            Assert.False(request.Bulk);
            Assert.NotEqual("stream", request.Protocol);
        });
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Images_that_fail_leave_the_others_alone(Dinov2Protocol protocol)
    {
        Gateway.OnImage = (image, _) => Task.FromResult<FakeAnswer?>(image.Text == "image 3" ? FakeAnswer.Bad() : FakeAnswer.For(image.Data));
        ImageSource[] images = [.. Sources(5), ImageSource.FromFile("/nonexistent/cat.jpg"), Source(6)];

        // All at once, so that the bad image is in one request with others.
        var results = await Client(protocol).EmbedBatchAsync(images, cancellationToken: Cancellation);

        Assert.Equal([3L, 5], results.Where(result => !result.IsSuccess).Select(result => result.Index));
        Assert.Equal(
            (Dinov2ErrorKind.InvalidImage, "bad_image", "The image is damaged."),
            (results[3].Error!.Kind, results[3].Error!.Reason, results[3].Error!.Message));
        Assert.Equal(Dinov2ErrorKind.UnreadableSource, results[5].Error!.Kind);
        var error = Assert.Throws<Dinov2Exception>(results[3].GetEmbedding);
        Assert.Equal((Dinov2ErrorKind.InvalidImage, "Image 3: The image is damaged."), (error.Kind, error.Message));
        foreach (var result in results.Where(result => result.IsSuccess))
        {
            CheckFeatures(Image((int)result.Index), result.Embedding!);
        }
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_request_that_fails_fails_the_batch(Dinov2Protocol protocol)
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(401, 16));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(protocol, o => (o.Concurrency, o.ImagesPerRequest) = (4, 1)).EmbedBatchAsync([.. Sources(50)], cancellationToken: Cancellation));

        Assert.Equal(Dinov2ErrorKind.Unauthenticated, error.Kind);
    }

    [Fact]
    public async Task Large_images_share_no_request()
    {
        var large = new byte[9 << 20];
        var arrived = new ConcurrentBag<int>();
        Gateway.OnRequest = request =>
        {
            arrived.Add(request.Images);
            return Task.FromResult<FakeFailure?>(null);
        };

        var results = await Client(Dinov2Protocol.Grpc, o => (o.Concurrency, o.ImagesPerRequest) = (16, 4))
            .EmbedBatchAsync([.. Enumerable.Repeat(ImageSource.FromBytes(large), 4)], cancellationToken: Cancellation);

        Assert.All(results, result => Assert.True(result.IsSuccess));
        Assert.Equal([1, 1, 1, 1], arrived);
    }

    [Fact]
    public async Task A_null_among_the_images_is_an_argument_error() =>
        await Assert.ThrowsAsync<ArgumentException>(
            () => Client(Dinov2Protocol.Grpc).EmbedBatchAsync([Source(0), null!], cancellationToken: Cancellation));
}
