using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

public sealed class RetryTests : GatewayTest
{
    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Overload_is_tried_again_when_the_gateway_says_so_and_not_before(Dinov2Protocol protocol)
    {
        var time = new TestClock();
        Gateway.OnRequest = _ => Task.FromResult(Gateway.Requests.Count == 1 ? FakeFailure.Overloaded(retryAfterSeconds: 7) : null);

        var embedding = Client(protocol, time: time).EmbedAsync(Image(0), cancellationToken: Cancellation);

        await time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        time.Advance(TimeSpan.FromSeconds(6.999));
        Assert.Single(Gateway.Requests);
        time.Advance(TimeSpan.FromSeconds(0.001));
        CheckFeatures(Image(0), await embedding);
        Assert.Equal(2, Gateway.Requests.Count);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_wait_beyond_the_deadline_is_not_begun(Dinov2Protocol protocol)
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(FakeFailure.Overloaded(retryAfterSeconds: 61));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => Client(protocol).EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal((Dinov2ErrorKind.Overloaded, TimeSpan.FromSeconds(61)), (error.Kind, error.RetryAfter));
        Assert.Single(Gateway.Requests);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_service_without_devices_and_a_cut_connection_are_tried_again(Dinov2Protocol protocol)
    {
        Gateway.OnRequest = _ => Task.FromResult(Gateway.Requests.Count switch
        {
            1 => FakeFailure.Unavailable,
            2 => FakeFailure.Cut,
            _ => null,
        });

        CheckFeatures(Image(0), await Client(protocol).EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal(3, Gateway.Requests.Count);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Retries_end(Dinov2Protocol protocol)
    {
        Gateway.OnRequest = _ => Task.FromResult<FakeFailure?>(FakeFailure.Unavailable);

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(protocol, o => o.MaxRetries = 3).EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal((Dinov2ErrorKind.Unavailable, true), (error.Kind, error.IsTransient));
        Assert.Equal(4, Gateway.Requests.Count);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Nobody_listening_is_unavailable(Dinov2Protocol protocol)
    {
        var nobody = new Uri($"http://127.0.0.1:{FreePort.Take(1)[0]}");

        var error = await Assert.ThrowsAsync<Dinov2Exception>(
            () => Client(protocol, o => (o.Address, o.MaxRetries) = (nobody, 2)).EmbedAsync(Image(0), cancellationToken: Cancellation));

        Assert.Equal(Dinov2ErrorKind.Unavailable, error.Kind);
    }
}
