using System.Net;

namespace Dinov2Cluster.Hosting;

/// <summary>A second run of a host's program asks the one that serves whether it is ready: the health check of an image that has no other program.</summary>
public static class HealthCheck
{
    /// <summary>The argument that makes a host's program ask instead of serve.</summary>
    public const string Argument = "--health";

    // Less than container engines give a check.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Whether the command line asks for the check.</summary>
    public static bool IsAsked(string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.Contains(Argument, StringComparer.Ordinal);
    }

    /// <summary>Asks <c>/health/ready</c>, and says on standard error what is wrong.</summary>
    /// <param name="listening">The address that the host is configured to listen on, as the web server takes it.</param>
    /// <returns>The program's exit code: 0 when the host is ready, else 1.</returns>
    public static async Task<int> RunAsync(string listening)
    {
        using var handler = new HttpClientHandler
        {
            // The host's certificate has another name than this machine's loopback; nothing secret is sent, and a status is all that is read.
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
            UseProxy = false,
        };
        using var client = new HttpClient(handler) { Timeout = Patience };
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

    /// <summary>What to ask, where the host listens on an address, or with <c>+</c>, <c>*</c> and the like on all of them.</summary>
    /// <exception cref="UriFormatException">The text is no address.</exception>
    internal static Uri Question(string listening)
    {
        var any = listening.Replace("://+", "://0.0.0.0", StringComparison.Ordinal).Replace("://*", "://0.0.0.0", StringComparison.Ordinal);
        var question = new UriBuilder(any) { Path = "/health/ready" };
        if (question.Scheme != Uri.UriSchemeHttp && question.Scheme != Uri.UriSchemeHttps)
        {
            throw new UriFormatException("The host listens on no HTTP address.");
        }

        if (IPAddress.TryParse(question.Host, out var address))
        {
            question.Host = address.Equals(IPAddress.Any) ? "127.0.0.1" : address.Equals(IPAddress.IPv6Any) ? "[::1]" : question.Host;
        }

        return question.Uri;
    }
}
