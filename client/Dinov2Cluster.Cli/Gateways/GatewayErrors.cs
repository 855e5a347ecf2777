using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>What a failed call means to the person who runs the command: what is wrong, and what to do.</summary>
internal static class GatewayErrors
{
    /// <summary>The error of a command that did nothing else.</summary>
    public static CommandException ToCommandException(Dinov2Exception error, Uri url) => new(Describe(error, url), error);

    public static CommandException Unreachable(Uri url, HttpRequestException error) => new(
        error.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => $"{url}: there is no host of this name; check --url",
            HttpRequestError.SecureConnectionError => $"{url}: no secure connection could be made; check the server's certificate, or use http",
            _ => $"{url} can't be reached; is a gateway running there?",
        },
        error);

    public static CommandException Silent(Uri url) => new($"{url} doesn't answer; is it a gateway?");

    public static string NeedsKey(Uri url) => $"{url} wants an API key, and a right one; set {GatewayOptions.ApiKeyVariable} or --api-key";

    /// <summary>The line that says it.</summary>
    public static string Describe(Dinov2Exception error, Uri url)
    {
        var message = error.Message.TrimEnd('.');
        return error.Kind switch
        {
            Dinov2ErrorKind.Unauthenticated => NeedsKey(url),
            Dinov2ErrorKind.PermissionDenied => $"the API key may not do this at {url}: {message}",
            Dinov2ErrorKind.ModelNotFound => $"{url}: {message}; dinov2 cluster status lists the models",
            Dinov2ErrorKind.Overloaded => $"{url} has more work than it can do: {message}; try again later, or with less --concurrency",
            Dinov2ErrorKind.Unavailable => $"{url} can't be reached, or has no device for the model: {message}; dinov2 cluster status shows the devices",
            Dinov2ErrorKind.InvalidResponse => $"{url} doesn't answer as a gateway does: {message}",
            _ => $"{url}: {message}",
        };
    }
}
