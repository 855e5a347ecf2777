using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>Explains a failed call to the user of a command: what is wrong, and what to do.</summary>
internal static class GatewayErrors
{
    public static CommandException ToCommandException(Dinov2Exception exception, Uri url) => new(Describe(exception, url), exception);

    public static CommandException Unreachable(Uri url, HttpRequestException exception) => new(
        exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => $"{url}: no host has this name; check --url",
            HttpRequestError.SecureConnectionError => $"{url}: no secure connection could be made; check the server's certificate, or use http",
            _ => $"{url} can't be reached; is a gateway running there?",
        },
        exception);

    public static CommandException Silent(Uri url) => new($"{url} doesn't answer; is it a gateway?");

    public static string NeedsKey(Uri url) => $"{url} needs a valid API key; set {GatewayCommandOptions.ApiKeyVariable} or --api-key";

    public static string Describe(Dinov2Exception exception, Uri url)
    {
        var message = exception.Message.TrimEnd('.');
        return exception.Kind switch
        {
            Dinov2ErrorKind.Unauthenticated => NeedsKey(url),
            Dinov2ErrorKind.PermissionDenied => $"the API key may not do this at {url}: {message}",
            Dinov2ErrorKind.ModelNotFound => $"{url}: {message}; dinov2 cluster status lists the models",
            Dinov2ErrorKind.Overloaded => $"{url} is overloaded: {message}; try again later, or with a lower --concurrency",
            Dinov2ErrorKind.Unavailable => $"{url} can't be reached, or has no device for the model: {message}; dinov2 cluster status shows the devices",
            Dinov2ErrorKind.InvalidResponse => $"{url} doesn't answer like a gateway: {message}",
            _ => $"{url}: {message}",
        };
    }
}
