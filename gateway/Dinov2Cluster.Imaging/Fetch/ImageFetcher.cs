using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// Fetches images from URLs that clients send, without becoming their way into our network: see <see cref="FetchOptions"/> for what is
/// open. One instance serves all requests at once; each call costs at most <see cref="FetchOptions.MaxBytes"/> of memory.
/// </summary>
public sealed class ImageFetcher : IImageFetcher, IDisposable
{
    private const string UserAgent = "Dinov2Cluster-ImageFetcher/1.0";
    private const string Accept = "image/*, */*;q=0.1";
    private const int MaxReason = 256;

    private readonly FetchOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<ImageFetcher> _logger;
    private readonly HttpMessageInvoker _http;

    /// <summary>Makes a fetcher that uses the system's name resolution.</summary>
    /// <exception cref="OptionsValidationException">The options are not valid; all faults are named.</exception>
    public ImageFetcher(IOptions<FetchOptions> options, TimeProvider timeProvider, ILogger<ImageFetcher> logger)
        : this(Valid(options), timeProvider, logger, new DnsHostResolver())
    {
    }

    internal ImageFetcher(FetchOptions options, TimeProvider timeProvider, ILogger<ImageFetcher> logger, IHostResolver resolver)
        : this(options, timeProvider, logger, FetchHandler.Create(new FetchConnector(FetchRules.Create(options, []), resolver, options.ConnectTimeout, timeProvider)))
    {
    }

    internal ImageFetcher(FetchOptions options, TimeProvider timeProvider, ILogger<ImageFetcher> logger, SocketsHttpHandler handler)
    {
        _options = options;
        _timeProvider = timeProvider;
        _logger = logger;
        _http = new HttpMessageInvoker(handler, disposeHandler: true);
    }

    /// <inheritdoc/>
    public async ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(url);
        using var timer = new CancellationTokenSource(_options.TotalTimeout, _timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        FetchUrl? current = null;
        try
        {
            current = FetchUrl.Parse(url);
            for (var redirects = 0; ; redirects++)
            {
                using var response = await SendAsync(current, linked.Token);
                if (!IsRedirect(response.StatusCode))
                {
                    return await ReadAsync(response, linked.Token);
                }

                if (redirects == _options.MaxRedirects)
                {
                    throw new FetchRefusedException($"more than {redirects} redirects");
                }

                current = current.Follow(Location(response));
            }
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Log(current, exception, timer.IsCancellationRequested);
            // Without the inner exception: nothing of it may reach a client, not even by mistake.
            throw new ImageException(ImageErrorKind.FetchFailed);
        }
    }

    /// <summary>Closes all connections. Fetches under way fail.</summary>
    public void Dispose() => _http.Dispose();

    private static FetchOptions Valid(IOptions<FetchOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var result = new FetchOptionsValidator().Validate(null, options.Value);
        return result.Succeeded
            ? options.Value
            : throw new OptionsValidationException(Options.DefaultName, typeof(FetchOptions), result.Failures);
    }

    private async ValueTask<HttpResponseMessage> SendAsync(FetchUrl url, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url.Uri);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        return await _http.SendAsync(request, cancellationToken);
    }

    private async ValueTask<PooledBuffer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new FetchRefusedException($"the server answered with status {(int)response.StatusCode}");
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await BoundedBody.ReadAsync(body, response.Content.Headers.ContentLength, _options.MaxBytes, cancellationToken);
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    // As sent: the parsed header would already be one parser's opinion.
    private static string Location(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Location", out var values) && values.Count == 1
            ? values.ToString()
            : throw new FetchRefusedException("the redirect has no single location");

    private void Log(FetchUrl? url, Exception exception, bool isLate)
    {
        var cause = exception.GetBaseException();
        var where = url?.ToString() ?? "(unreadable URL)";
        if (cause is FetchRefusedException)
        {
            _logger.Refused(where, cause.Message);
        }
        else
        {
            _logger.Failed(where, isLate ? "the fetch did not end in time" : Printable(cause.Message));
        }
    }

    // The HTTP stack quotes what the server sent.
    private static string Printable(string message) =>
        string.Concat(message.Take(MaxReason).Select(character => char.IsControl(character) ? '?' : character));
}
