using System.Net;
using System.Text;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Gateway.Tests.Pipeline;

public sealed class CropReaderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://images.example/1.bmp")]
    [InlineData("HTTPS://images.example/a%20b/1.bmp?x=1&y=2")]
    public async Task A_url_is_fetched_as_the_client_wrote_it(string url)
    {
        var fetcher = new GatedFetcher(TestImage.Bmp(5));
        await using var host = await GatewayHost.StartAsync(fetcher: fetcher);

        using var response = await host.ScoreAsync(ScoreJson.Split(url));

        await host.CheckRowsAsync(response, "tiny", TestImage.Bmp(5));
        Assert.Equal([url], fetcher.Urls);
    }

    [Fact]
    public async Task A_fetch_that_hangs_holds_no_decoder()
    {
        var fetcher = new GatedFetcher(TestImage.Bmp(5), isHeld: true);
        await using var host = await GatewayHost.StartAsync(
            new() { ["Gateway:DecodeParallelism"] = "1", ["Gateway:FetchParallelism"] = "2" }, fetcher: fetcher);

        var held = host.ScoreAsync(ScoreJson.Split("http://images.example/1", "http://images.example/2", "http://images.example/3"));
        await fetcher.Reached(2).WaitAsync(Cancellation);
        await host.CheckServesAsync();
        Assert.Equal(2, fetcher.Urls.Count);
        fetcher.Release();

        using var response = await held;
        await host.CheckRowsAsync(response, "tiny", TestImage.Bmp(5), TestImage.Bmp(5), TestImage.Bmp(5));
    }

    [Fact]
    public async Task What_was_fetched_and_is_no_image_is_refused_like_any_other()
    {
        await using var host = await GatewayHost.StartAsync(fetcher: new GatedFetcher(Encoding.ASCII.GetBytes("<html>")));

        using var response = await host.ScoreAsync(ScoreJson.Split("http://images.example/1"));

        await GatewayHost.CheckErrorAsync(
            response, HttpStatusCode.BadRequest, "Row 0: " + new ImageException(ImageErrorKind.UnsupportedFormat).Message);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_its_fetches_and_starts_no_other()
    {
        var fetcher = new GatedFetcher(TestImage.Bmp(5), isHeld: true);
        await using var host = await GatewayHost.StartAsync(new() { ["Gateway:FetchParallelism"] = "1" }, fetcher: fetcher);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        using var content = new StringContent(
            ScoreJson.Split("http://images.example/1", "http://images.example/2"), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        var request = host.Client.PostAsync(new Uri("/score", UriKind.Relative), content, leaving.Token);
        await fetcher.Reached(1).WaitAsync(Cancellation);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await fetcher.Canceled.WaitAsync(Cancellation);
        // The only slot for fetches is free again, and the second row did not take it.
        fetcher.Release();
        using var response = await host.ScoreAsync(ScoreJson.Split("http://images.example/3"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, fetcher.Urls.Count);
        Assert.Equal([1], host.Router.Calls);
    }

    [Fact]
    public async Task A_row_that_waits_for_a_decoder_stops_waiting_when_its_client_leaves()
    {
        await using var host = await GatewayHost.StartAsync(new() { ["Gateway:DecodeParallelism"] = "1" });
        var reader = host.Services.GetRequiredService<ICropReader>();
        var model = host.Router.Served["tiny"];
        var image = new ImageInput(Encoding.ASCII.GetBytes(TestImage.Base64(1)), ImageInputKind.Text);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var decoding = await reader.ReadAsync(image, model, Cancellation);
        var waiting = reader.ReadAsync(image, model, leaving.Token);
        Assert.False(waiting.IsCompleted);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private sealed class GatedFetcher(byte[] body, bool isHeld = false) : IImageFetcher
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource[] _reached =
            [.. Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

        private readonly TaskCompletionSource _canceled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Urls { get; } = [];

        public Task Canceled => _canceled.Task;

        public Task Reached(int count) => _reached[count].Task;

        public void Release() => _released.SetResult();

        public async ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken)
        {
            lock (Urls)
            {
                Urls.Add(url);
                _reached[Urls.Count].SetResult();
            }

            if (isHeld)
            {
                try
                {
                    await _released.Task.WaitAsync(cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    _canceled.TrySetResult();
                    throw;
                }
            }

            var buffer = PooledBuffer.Rent(body.Length);
            body.CopyTo(buffer.Writable);
            return buffer;
        }
    }
}
