using System.Net;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>
/// Checks that a gateway is at an address, before any work. The client itself waits for an absent gateway, as it should in the middle of a run, and
/// can't reliably distinguish a wrong port from a broken connection.
/// </summary>
internal static class GatewayProbe
{
    /// <exception cref="CommandException">Nothing answers, or something that doesn't speak the protocol.</exception>
    public static async Task CheckAsync(GatewayTarget target, CancellationToken cancellationToken)
    {
        using var http = new GatewayHttp(target, maxBytes: 1);
        if (await http.RunAsync((client, timeout) => FindProblemAsync(client, target, timeout), cancellationToken) is { } problem)
        {
            throw problem;
        }
    }

    private static async Task<CommandException?> FindProblemAsync(HttpClient client, GatewayTarget target, CancellationToken cancellationToken)
    {
        // With TLS both sides agree on a version; without TLS, each port of the gateway has one.
        var expected = target.Protocol == Dinov2Protocol.Grpc ? HttpVersion.Version20 : HttpVersion.Version11;
        var policy = target.Url.Scheme == Uri.UriSchemeHttps ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact;
        var (status, failure) = await AskAsync(client, target.Url, expected, policy, cancellationToken);
        // An HTTP/2 port answers HTTP/1.1 with 400.
        if (failure is null && (status != HttpStatusCode.BadRequest || policy != HttpVersionPolicy.RequestVersionExact))
        {
            return null;
        }

        var other = expected == HttpVersion.Version20 ? HttpVersion.Version11 : HttpVersion.Version20;
        if (policy == HttpVersionPolicy.RequestVersionExact
            && failure is not { HttpRequestError: HttpRequestError.NameResolutionError }
            && await AskAsync(client, target.Url, other, policy, cancellationToken) is (not HttpStatusCode.BadRequest, null))
        {
            return new CommandException(target.Protocol == Dinov2Protocol.Grpc
                ? $"{target.Url} speaks HTTP, not gRPC; use the gateway's gRPC port (8081 unless set otherwise) or --protocol http"
                : $"{target.Url} speaks gRPC, not HTTP/1.1; use the gateway's HTTP port (8080 unless set otherwise)");
        }

        return failure is null ? null : GatewayErrors.Unreachable(target.Url, failure);
    }

    private static async Task<(HttpStatusCode? Status, HttpRequestException? Failure)> AskAsync(
        HttpClient client, Uri url, Version version, HttpVersionPolicy policy, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "/")) { Version = version, VersionPolicy = policy };
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (response.StatusCode, null);
        }
        catch (HttpRequestException exception)
        {
            return (null, exception);
        }
    }
}
