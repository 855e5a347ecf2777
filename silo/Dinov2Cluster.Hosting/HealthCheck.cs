using System.Net;

namespace Dinov2Cluster.Hosting;

/// <summary>Checks from a second run of a host's program whether the first one is ready, for images without any other program.</summary>
public static class HealthCheck
{
    /// <summary>The argument that makes a host's program check instead of serve.</summary>
    public const string Argument = "--health";

    // Less than the timeout of container engines.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(4);

    /// <summary>Whether the command line asks for the check.</summary>
    public static bool IsAsked(string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.Contains(Argument, StringComparer.Ordinal);
    }

    /// <summary>Asks <c>/health/ready</c>, and writes problems to standard error.</summary>
    /// <param name="listening">The host's configured address, as the web server takes it.</param>
    /// <returns>The program's exit code: 0 when the host is ready, else 1.</returns>
    public static async Task<int> RunAsync(string listening)
    {
        using var handler = new HttpClientHandler
        {
            // The host's certificate is not for loopback. Nothing secret is sent, and only a status is read.
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
            UseProxy = false,
        };
        using var client = new HttpClient(handler) { Timeout = _timeout };
        try
        {
            using var response = await client.GetAsync(Question(listening), HttpCompletionOption.ResponseHeadersRead);
            if (response.IsSuccessStatusCode)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync($"not ready: {(int)response.StatusCode}");
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"no answer at {listening}: {exception.Message}");
        }

        return 1;
    }

    /// <summary>The URL of the check for a listening address, including <c>+</c>, <c>*</c> and other forms of every address.</summary>
    /// <exception cref="UriFormatException">The text is not an address.</exception>
    internal static Uri Question(string listening)
    {
        var any = listening.Replace("://+", "://0.0.0.0", StringComparison.Ordinal).Replace("://*", "://0.0.0.0", StringComparison.Ordinal);
        var question = new UriBuilder(any) { Path = "/health/ready" };
        if (question.Scheme != Uri.UriSchemeHttp && question.Scheme != Uri.UriSchemeHttps)
        {
            throw new UriFormatException("The host does not listen on an HTTP address.");
        }

        if (IPAddress.TryParse(question.Host, out var address))
        {
            question.Host = address.Equals(IPAddress.Any) ? "127.0.0.1" : address.Equals(IPAddress.IPv6Any) ? "[::1]" : question.Host;
        }

        return question.Uri;
    }
}
