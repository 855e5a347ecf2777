using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Gets the bytes behind an image's URL.</summary>
public interface IImageFetcher
{
    /// <summary>Fetches all of <paramref name="url"/>. The caller owns the buffer, which has the body as sent and may be empty.</summary>
    /// <param name="url">An absolute <c>http</c> or <c>https</c> URL, as the client wrote it.</param>
    /// <param name="cancellationToken">The caller's own cancellation; the fetcher has its own timeouts.</param>
    /// <exception cref="ImageException">Always <see cref="ImageErrorKind.FetchFailed"/>: the URL was refused, or the fetch failed or took too
    /// long. The detail is only logged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken);
}

/// <summary>
/// Fetches images from URLs that clients send, without opening our network to them: see <see cref="FetchOptions"/> for what is
/// allowed. One instance serves all requests at once; each call costs at most <see cref="FetchOptions.MaxBytes"/> of memory.
/// </summary>
public sealed class ImageFetcher : IImageFetcher, IDisposable
{
    private const string UserAgent = "Dinov2Cluster-ImageFetcher/1.0";
    private const string Accept = "image/*, */*;q=0.1";
    private const int MaxReason = 256;

    private readonly FetchOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ImageFetcher> _logger;
    private readonly HttpMessageInvoker _http;

    /// <summary>Makes a fetcher that uses the system's name resolution.</summary>
    /// <exception cref="OptionsValidationException">The options are not valid; it names all faults.</exception>
    public ImageFetcher(IOptions<FetchOptions> options, TimeProvider time, ILogger<ImageFetcher> logger)
        : this(Valid(options), time, logger, new FetchConnector(options.Value, new DnsHostResolver(), time).CreateHandler())
    {
    }

    internal ImageFetcher(FetchOptions options, TimeProvider time, ILogger<ImageFetcher> logger, SocketsHttpHandler handler)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _http = new HttpMessageInvoker(handler, disposeHandler: true);
    }

    /// <inheritdoc/>
    public async ValueTask<PooledBuffer> FetchAsync(string url, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(url);
        using var timer = new CancellationTokenSource(_options.TotalTimeout, _time);
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
            // Without the inner exception, so its text cannot reach a client even by mistake.
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

    // As sent: the parsed header would already be an interpretation.
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

/// <summary>The reasons of failed fetches. Clients get one reason for all; the details are only in the log.</summary>
internal static partial class FetchLog
{
    [LoggerMessage(1, LogLevel.Warning, "Image fetch refused at {Url}: {Reason}.")]
    public static partial void Refused(this ILogger logger, string url, string reason);

    [LoggerMessage(2, LogLevel.Information, "Image fetch failed at {Url}: {Reason}")]
    public static partial void Failed(this ILogger logger, string url, string reason);
}
