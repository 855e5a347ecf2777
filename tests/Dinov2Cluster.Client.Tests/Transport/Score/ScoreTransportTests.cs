using System.Net;
using System.Text;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Client.Tests.Transport.Score;

/// <summary>What a real server wouldn't do as a test wants it.</summary>
public sealed class ScoreTransportTests
{
    private static readonly Uri _address = new("http://gateway.example");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Retry_after_may_be_a_date()
    {
        var time = new TestClock();
        using var handler = new ScriptedHandler();
        handler.Answers.Enqueue(() =>
        {
            var response = Json(HttpStatusCode.TooManyRequests, """{"message":"Later."}""");
            response.Headers.RetryAfter = new(time.GetUtcNow() + TimeSpan.FromSeconds(7));
            return response;
        });
        handler.Answers.Enqueue(() => Json(HttpStatusCode.OK, """[{"image_features":[1.5]}]"""));
        await using var client = Client(handler, time);

        var embedding = client.EmbedAsync(new byte[1], cancellationToken: Cancellation);
        await time.WaitBegunAsync(TimeSpan.FromSeconds(7), Cancellation);
        time.Advance(TimeSpan.FromSeconds(7));

        var answer = await embedding;
        Assert.Equal([1.5f], answer.Features.ToArray());
        Assert.Equal("", answer.Model);
    }

    [Fact]
    public async Task The_callers_handler_is_used_and_outlives_the_client()
    {
        using var handler = new ScriptedHandler();
        handler.Answers.Enqueue(() => Json(HttpStatusCode.OK, """[{"image_features":[1]}]"""));
        await using (var client = Client(handler, TimeProvider.System))
        {
            await client.EmbedAsync(new byte[1], cancellationToken: Cancellation);
        }

        Assert.Equal((new Uri(_address, "/score"), false), (handler.LastAddress, handler.IsDisposed));
    }

    [Fact]
    public async Task A_page_instead_of_an_answer_is_an_invalid_response()
    {
        using var handler = new ScriptedHandler();
        handler.Answers.Enqueue(() => Json(HttpStatusCode.OK, "<html>Sign in</html>"));
        await using var client = Client(handler, TimeProvider.System);

        var error = await Assert.ThrowsAsync<Dinov2Exception>(() => client.EmbedAsync(new byte[1], cancellationToken: Cancellation));

        Assert.Equal(Dinov2ErrorKind.InvalidResponse, error.Kind);
    }

    private static Dinov2Client Client(HttpMessageHandler handler, TimeProvider time) => new(
        new Dinov2ClientOptions { Address = _address, Protocol = Dinov2Protocol.Http, HttpHandler = handler, RetryBaseDelay = TimeSpan.Zero },
        loggerFactory: null,
        time);

    private static HttpResponseMessage Json(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private sealed class ScriptedHandler : HttpMessageHandler
    {
        public Queue<Func<HttpResponseMessage>> Answers { get; } = [];

        public Uri? LastAddress { get; private set; }

        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            LastAddress = request.RequestUri;
            return Task.FromResult(Answers.Dequeue()());
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
