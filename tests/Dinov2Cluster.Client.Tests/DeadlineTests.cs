using Dinov2Cluster.Client.Tests.Support;
using Dinov2Cluster.Client.TestServer;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests;

public sealed class DeadlineTests : GatewayTest
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_deadline_ends_the_call_at_both_ends(Dinov2Protocol protocol)
    {
        var time = new TestClock();
        Gateway.OnImage = HangAsync;
        var embedding = Client(protocol, time: time).EmbedAsync(Image(0), new EmbedOptions { Deadline = TimeSpan.FromSeconds(30) }, Cancellation);
        await _arrived.Task;

        time.Advance(TimeSpan.FromSeconds(30));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => embedding);
        Assert.Equal(Dinov2ErrorKind.DeadlineExceeded, error.Kind);
        await _abandoned.Task;
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_deadline_is_one_for_all_requests_of_a_batch(Dinov2Protocol protocol)
    {
        var time = new TestClock();
        Gateway.OnImage = HangAsync;
        var results = Client(protocol, time: time).EmbedBatchAsync(
            [Source(0), Source(1)], new EmbedOptions { Deadline = TimeSpan.FromSeconds(30) }, Cancellation);
        await _arrived.Task;

        time.Advance(TimeSpan.FromSeconds(30));

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => results);
        Assert.Equal(Dinov2ErrorKind.DeadlineExceeded, error.Kind);
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task Cancellation_reaches_the_gateway(Dinov2Protocol protocol)
    {
        using var cancel = new CancellationTokenSource();
        Gateway.OnImage = HangAsync;
        var embedding = Client(protocol).EmbedAsync(Image(0), cancellationToken: cancel.Token);
        await _arrived.Task;

        await cancel.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        Assert.Equal(cancel.Token, error.CancellationToken);
        await _abandoned.Task;
    }

    [Theory]
    [InlineData(Dinov2Protocol.Grpc)]
    [InlineData(Dinov2Protocol.Http)]
    public async Task A_client_that_is_disposed_ends_its_calls(Dinov2Protocol protocol)
    {
        Gateway.OnImage = HangAsync;
        var client = Client(protocol);
        var embedding = client.EmbedAsync(Image(0), cancellationToken: Cancellation);
        await _arrived.Task;

        client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => embedding);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.EmbedAsync(Image(0), cancellationToken: Cancellation));
    }

    private async Task<FakeAnswer?> HangAsync(FakeImage image, CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        finally
        {
            _abandoned.TrySetResult();
        }

        return null;
    }
}
