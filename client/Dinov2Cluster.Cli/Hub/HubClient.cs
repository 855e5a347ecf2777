using System.Net;
using System.Net.Http.Headers;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>
/// The two calls of a Hugging Face hub that a download needs: the files of a model at a revision, and the bytes of one file. It follows redirects
/// itself, such as to the network that serves large files: the token is sent to the endpoint's own host only.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly Uri _endpoint;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly HttpClient _http;

    /// <param name="endpoint">The hub, such as <c>https://huggingface.co</c>.</param>
    /// <param name="token">The user's token; null for none.</param>
    /// <exception cref="CommandException">The endpoint is not a web address, or the token has invalid characters.</exception>
    public HubClient(string endpoint, string? token)
    {
        _endpoint = Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CommandException($"HF_ENDPOINT is '{endpoint}', which is not the address of a hub; the usual address is https://huggingface.co");
        token = token?.Trim();
        if (token?.Any(c => c is <= ' ' or > '~') ?? false)
        {
            throw new CommandException("HF_TOKEN has characters that a token can't have; set it again");
        }

        _authorization = string.IsNullOrEmpty(token) ? null : new AuthenticationHeaderValue("Bearer", token);
        // The caller sets timeouts: a download may take long, but must not stand still.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("dinov2");
    }

    /// <summary>Asks for the files of a model.</summary>
    /// <exception cref="CommandException">The hub refuses.</exception>
    /// <exception cref="TransientException">A retry may succeed.</exception>
    public async Task<HubListing> ListAsync(HubModel model, CancellationToken cancellationToken)
    {
        var uri = new Uri(_endpoint, $"api/models/{model.Id}/revision/{Uri.EscapeDataString(model.Revision)}?blobs=true");
        using var response = await SendAsync(model, uri, null, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[HubListing.MaxBytes + 1];
        var length = 0;
        while (length < bytes.Length && await ReadAsync(stream, bytes.AsMemory(length), cancellationToken) is > 0 and var count)
        {
            length += count;
        }

        return length <= HubListing.MaxBytes
            ? HubListing.Parse(bytes[..length], uri)
            : throw new CommandException($"{model.Id} has more files than can be listed; name another model");
    }

    /// <summary>Asks for a file at a commit, or for its end.</summary>
    /// <param name="model">The model.</param>
    /// <param name="commit">The commit, from the listing.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="offset">Number of bytes that exist already.</param>
    /// <param name="entityTag">Tag of the answer with these bytes: if the file has another tag now, all of it is sent.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    public Task<HttpResponseMessage> OpenAsync(HubModel model, string commit, string file, long offset, EntityTagHeaderValue? entityTag, CancellationToken cancellationToken)
    {
        var uri = new Uri(_endpoint, $"{model.Id}/resolve/{commit}/{Uri.EscapeDataString(file)}");
        return SendAsync(model, uri, offset == 0 ? null : (offset, entityTag), cancellationToken);
    }

    /// <summary>Reads from the body of an answer; 0 at its end.</summary>
    /// <exception cref="TransientException">The connection broke. Failures of the disk have other types.</exception>
    public static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            throw new TransientException($"the connection broke ({exception.Message.TrimEnd('.')}); check the network and run the command again to continue", cause: exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HubModel model, Uri uri, (long Offset, EntityTagHeaderValue? Tag)? rest, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.AcceptEncoding.ParseAdd("identity");
            request.Headers.Authorization = IsEndpoint(uri) ? _authorization : null;
            if (rest is { } part)
            {
                request.Headers.Range = new RangeHeaderValue(part.Offset, null);
                request.Headers.IfRange = part.Tag is { IsWeak: false } tag ? new RangeConditionHeaderValue(tag) : null;
            }

            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return response;
            }

            using (response)
            {
                uri = redirects < MaxRedirects && Redirect(uri, response) is { } target
                    ? target
                    : throw HubRefusal.From(response, model, _endpoint, _authorization is not null);
            }
        }
    }

    private static Uri? Redirect(Uri from, HttpResponseMessage response)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
        {
            return null;
        }

        var target = new Uri(from, location);
        // An encrypted connection must not become a plain one.
        return target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp) ? target : null;
    }

    private bool IsEndpoint(Uri uri) => uri.Scheme == _endpoint.Scheme && uri.Authority == _endpoint.Authority;
}
