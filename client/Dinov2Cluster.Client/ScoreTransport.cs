using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client;

/// <summary>Azure ML's scoring protocol, with the gateway's additions.</summary>
internal sealed class ScoreTransport : IEmbedTransport
{
    private const string Deployment = "azureml-model-deployment";
    private const string Deadline = "x-dinov2-deadline-ms";
    private const string Priority = "x-dinov2-priority";
    private const int MaxErrorBytes = 64 << 10;

    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly TimeProvider _time;

    public ScoreTransport(Dinov2ClientOptions options, TimeProvider time)
    {
        _time = time;
        _http = new HttpClient(ClientHandler.For(options), disposeHandler: options.HttpHandler is null) { Timeout = Timeout.InfiniteTimeSpan };
        _address = ScoreAddress(options.Address!);
        _authorization = options.ApiKey is { } key ? new("Bearer", key) : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ImageAnswer>> SendAsync(
        IReadOnlyList<ImagePayload> images, EmbedCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        var body = new PooledBytes(ScoreRequestWriter.Size(images));
        ScoreRequestWriter.Write(body, images, call);
        using var request = CreateRequest(body.Written, call, remaining);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var answers = await ReadAsync(response, images.Count, call, cancellationToken);
            body.Return();
            return answers;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && TransportFailures.FromConnection(exception) is { } error)
        {
            throw error;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // The address may already be the scoring URL, as Azure ML shows it.
    private static Uri ScoreAddress(Uri address)
    {
        var builder = new UriBuilder(address);
        var path = builder.Path.TrimEnd('/');
        builder.Path = path.EndsWith("/score", StringComparison.OrdinalIgnoreCase) ? path : path + "/score";
        return builder.Uri;
    }

    private HttpRequestMessage CreateRequest(ReadOnlyMemory<byte> body, EmbedCall call, TimeSpan remaining)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new("application/json") } },
        };
        request.Headers.Authorization = _authorization;
        request.Headers.Add(Deadline, Math.Max(1, (long)Math.Ceiling(remaining.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture));
        if (call.Model is { } model)
        {
            request.Headers.Add(Deployment, model);
        }

        if (call.Priority == EmbedPriority.Bulk)
        {
            request.Headers.Add(Priority, "bulk");
        }

        return request;
    }

    private async Task<ImageAnswer[]> ReadAsync(HttpResponseMessage response, int images, EmbedCall call, CancellationToken cancellationToken)
    {
        var isReply = response.StatusCode == HttpStatusCode.OK;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = await PooledBytes.ReadAsync(stream, isReply ? IEmbedTransport.MaxReplyBytes : MaxErrorBytes, cancellationToken);
        try
        {
            if (!isReply)
            {
                var json = body is null ? default : body.Written.Span;
                var error = ScoreFailures.ToException(response.StatusCode, json, call.Model is not null, RetryAfter(response));
                // A single image is sent without on_error, so its refusal is an error of the request.
                return images == 1 && error.Kind == Dinov2ErrorKind.InvalidImage ? [new(null, error)] : throw error;
            }

            return body is null
                ? throw new Dinov2Exception(Dinov2ErrorKind.InvalidResponse, "The service's answer is too large.")
                : ScoreReplyReader.Read(body.Written.Span, images, Model(response, call));
        }
        finally
        {
            body?.Return();
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } date } when date - _time.GetUtcNow() is var wait => wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    private static string Model(HttpResponseMessage response, EmbedCall call) =>
        response.Headers.TryGetValues(Deployment, out var names) ? names.First() : call.Model ?? "";
}
