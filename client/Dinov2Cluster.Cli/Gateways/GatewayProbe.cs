using System.Net;
using Dinov2Cluster.Client;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>
/// Looks whether a gateway is at an address before work begins. The client itself waits for one that is away, which is right in the middle of a run,
/// and only tells a wrong port from a broken connection by chance.
/// </summary>
internal static class GatewayProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <exception cref="CommandException">Nothing answers, or not in the protocol.</exception>
    public static async Task CheckAsync(GatewayTarget target, CancellationToken cancellationToken)
    {
        using var http = GatewayHttp.CreateClient(maxBytes: 1);
        using var timeout = new CancellationTokenSource(Timeout, target.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await CheckAsync(http, target, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw GatewayErrors.Silent(target.Url);
        }
    }

    private static async Task CheckAsync(HttpClient http, GatewayTarget target, CancellationToken cancellationToken)
    {
        // With TLS both sides agree on a version; without it, each port of the gateway has one.
        var wanted = target.Protocol == Dinov2Protocol.Grpc ? HttpVersion.Version20 : HttpVersion.Version11;
        var policy = target.Url.Scheme == Uri.UriSchemeHttps ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact;
        var (status, failure) = await AskAsync(http, target.Url, wanted, policy, cancellationToken);
        // An HTTP/2 port answers HTTP/1.1 with 400.
        if (failure is null && (status != HttpStatusCode.BadRequest || policy != HttpVersionPolicy.RequestVersionExact))
        {
            return;
        }

        var other = wanted == HttpVersion.Version20 ? HttpVersion.Version11 : HttpVersion.Version20;
        if (policy == HttpVersionPolicy.RequestVersionExact
            && failure is not { HttpRequestError: HttpRequestError.NameResolutionError }
            && await AskAsync(http, target.Url, other, policy, cancellationToken) is (not HttpStatusCode.BadRequest, null))
        {
            throw new CommandException(target.Protocol == Dinov2Protocol.Grpc
                ? $"{target.Url} speaks HTTP, not gRPC; use the gateway's gRPC port (8081 unless set otherwise) or --protocol http"
                : $"{target.Url} speaks gRPC, not HTTP/1.1; use the gateway's HTTP port (8080 unless set otherwise)");
        }

        if (failure is not null)
        {
            throw GatewayErrors.Unreachable(target.Url, failure);
        }
    }

    private static async Task<(HttpStatusCode? Status, HttpRequestException? Failure)> AskAsync(
        HttpClient http, Uri url, Version version, HttpVersionPolicy policy, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "/")) { Version = version, VersionPolicy = policy };
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (response.StatusCode, null);
        }
        catch (HttpRequestException e)
        {
            return (null, e);
        }
    }
}
