using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Dinov2Cluster.Chaos.Load;

/// <summary>Sends requests to a gateway's <c>/score</c>, checks every row, and counts what came of them.</summary>
internal sealed class ScoreSender(Timeline timeline) : IDisposable
{
    private const int ShownBody = 300;

    // A client that gives up counts as a failure, so it's patient: well beyond what any answer may take.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly MediaTypeHeaderValue _json = new("application/json");

    // An open loop needs as many connections as there are requests under way.
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Sends one request and waits for its answer.</summary>
    /// <param name="gateway">Base address.</param>
    /// <param name="images">What it holds.</param>
    /// <param name="due">When it should have been sent, as <see cref="Timeline.Now"/>: its latency counts from then.</param>
    /// <param name="tally">Counts it.</param>
    /// <param name="cancellationToken">Ends the run; the request is then in no count but <see cref="Tally.Sent"/>.</param>
    /// <returns>False when it was refused.</returns>
    public async Task<bool> SendAsync(Uri gateway, KnownImage[] images, TimeSpan due, Tally tally, CancellationToken cancellationToken)
    {
        var sentAt = timeline.Now;
        var before = timeline.Disturbance;
        tally.CountSent();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_patience);
        string reason;
        try
        {
            using var content = new ByteArrayContent(Body(images));
            content.Headers.ContentType = _json;
            using var response = await _http.PostAsync(new Uri(gateway, "/score"), content, patience.Token);
            var reply = await response.Content.ReadAsByteArrayAsync(patience.Token);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                tally.CountRejected();
                return false;
            }

            var wrong = response.StatusCode == HttpStatusCode.OK ? ReplyCheck.CountWrongRows(reply, images) : -1;
            if (wrong >= 0)
            {
                var took = (timeline.Now - due).TotalMilliseconds;
                tally.CountAnswered(new SlowRequest(sentAt, took, images.Length, Disturbances(before)), wrong);
                return true;
            }

            reason = $"{(int)response.StatusCode} {Encoding.UTF8.GetString(reply.AsSpan(0, Math.Min(ShownBody, reply.Length)))}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            reason = $"no answer within {_patience.TotalSeconds} s";
        }
        catch (HttpRequestException exception)
        {
            reason = $"{exception.HttpRequestError}: {exception.Message}";
        }

        tally.CountFailed(new FailedRequest(sentAt, timeline.Now, images.Length, reason, Disturbances(before)));
        return true;
    }

    public void Dispose() => _http.Dispose();

    private string Disturbances(string before) => timeline.Disturbance is var after && after == before ? before : $"{before} -> {after}";

    private static byte[] Body(KnownImage[] images)
    {
        using var body = new MemoryStream(64 + images.Sum(image => image.Base64.Length + 5));
        body.Write("""{"input_data":{"columns":["image"],"data":["""u8);
        for (var index = 0; index < images.Length; index++)
        {
            body.Write(index == 0 ? "[\""u8 : ",[\""u8);
            body.Write(images[index].Base64);
            body.Write("\"]"u8);
        }

        body.Write("]}}"u8);
        return body.ToArray();
    }
}
