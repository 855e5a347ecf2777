using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

public sealed class EmbedErrorTests : GatewayTest
{
    [Theory]
    [InlineData(400, 3, Dinov2ErrorKind.InvalidRequest)]
    [InlineData(413, 9, Dinov2ErrorKind.InvalidRequest)]
    [InlineData(405, 12, Dinov2ErrorKind.InvalidRequest)]
    [InlineData(401, 16, Dinov2ErrorKind.Unauthenticated)]
    [InlineData(403, 7, Dinov2ErrorKind.PermissionDenied)]
    [InlineData(404, 5, Dinov2ErrorKind.ModelNotFound)]
    [InlineData(504, 4, Dinov2ErrorKind.DeadlineExceeded)]
    [InlineData(500, 13, Dinov2ErrorKind.Internal)]
    [InlineData(501, 2, Dinov2ErrorKind.Internal)]
    public async Task Each_status_has_its_kind_and_is_not_tried_again(int httpStatus, int grpcCode, Dinov2ErrorKind kind)
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(httpStatus, grpcCode, "A clear sentence."));
        foreach (var protocol in Enum.GetValues<Dinov2Protocol>())
        {
            var client = Client(protocol, o => o.Model = "some");
            Gateway.Requests.Clear();

            var error = await Assert.ThrowsAsync<Dinov2Exception>(() => client.EmbedAsync(Image(0), cancellationToken: Cancellation));

            Assert.Equal((kind, "A clear sentence.", false), (error.Kind, error.Message, error.IsTransient));
            Assert.Single(Gateway.Requests);
        }
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task An_image_that_is_refused_says_why(Dinov2Protocol protocol)
    {
        Gateway.OnImage = (_, _) => Task.FromResult<FakeAnswer?>(FakeAnswer.Bad());

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => Client(protocol).EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal((Dinov2ErrorKind.InvalidImage, "bad_image", "The image is damaged."), (error.Kind, error.Reason, error.Message));
    }

    [Fact]
    public async Task The_gateways_word_comes_over_grpc()
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(400, 3));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(Dinov2Protocol.Grpc).EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal("scripted", error.Reason);
    }

    [Fact]
    public async Task A_missing_route_is_no_missing_model()
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(404, 12));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(Dinov2Protocol.Http).EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal(Dinov2ErrorKind.InvalidRequest, error.Kind);
    }

    [Fact]
    public async Task The_key_goes_along_no_redirect()
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(new FakeFailure(307, 0, Location: new Uri(Gateway.ScoreAddress, "/elsewhere").ToString()));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(Dinov2Protocol.Http, o => o.ApiKey = "secret").EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal(Dinov2ErrorKind.InvalidResponse, error.Kind);
        Assert.Equal("/score", Gateway.Requests.Single().Path);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_file_that_cannot_be_read_says_why_and_nothing_is_sent(Dinov2Protocol protocol)
    {
        using var directory = new TemporaryDirectory();

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(protocol).EmbedFileAsync(directory["none.jpg"], cancellationToken: Cancellation));

        Assert.Equal(Dinov2ErrorKind.UnreadableSource, error.Kind);
        Assert.IsType<FileNotFoundException>(error.InnerException);
        Assert.Empty(Gateway.Requests);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public async Task An_image_over_the_limit_is_not_sent(int bytes, bool sent)
    {
        var client = Client(Dinov2Protocol.Grpc, o => o.MaxImageBytes = 5);
        using var stream = new MemoryStream(new byte[bytes]);
        Func<Task>[] calls =
        [
            () => client.EmbedAsync(new byte[bytes], cancellationToken: Cancellation),
            () => client.EmbedAsync(stream, cancellationToken: Cancellation),
            () => client.EmbedAsync(
                ImageSource.FromStream(_ => ValueTask.FromResult<Stream>(new UnknownLength(bytes))), cancellationToken: Cancellation),
        ];
        foreach (var call in calls)
        {
            var error = await Record.ExceptionAsync(call);
            if (sent)
            {
                Assert.Null(error);
            }
            else
            {
                Assert.Equal((Dinov2ErrorKind.InvalidImage, "too_large"), error is Dinov2Exception { Kind: var kind, Reason: var reason } ? (kind, reason) : default);
            }
        }

        Assert.Equal(sent ? calls.Length : 0, Gateway.Images.Count);
    }

    [Fact]
    public async Task Grpc_at_an_http_port_is_a_clear_error()
    {
        var client = Client(Dinov2Protocol.Grpc, o => (o.Address, o.MaxRetries) = (Gateway.ScoreAddress, 1));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => client.EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal(Dinov2ErrorKind.Unavailable, error.Kind);
    }

    private sealed class UnknownLength(int bytes) : MemoryStream(new byte[bytes])
    {
        public override bool CanSeek => false;
    }
}
