using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dinov2Cluster.Cli.Gateways;

namespace Dinov2Cluster.Cli.Cluster;

/// <summary>Asks a gateway for the state of its cluster.</summary>
internal sealed class ClusterClient(GatewayTarget target) : IDisposable
{
    private const int MaxBytes = 16 << 20;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = GatewayHttp.CreateClient(MaxBytes);

    /// <summary>The answer as it came, which is JSON, and what it says.</summary>
    /// <exception cref="CommandException">The gateway can't be reached, refuses, or answers something else.</exception>
    public async Task<(byte[] Json, ClusterStatus Status)> ReadAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, target.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target.Url, "/cluster"));
        request.Headers.Authorization = target.ApiKey is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;
        try
        {
            using var response = await _http.SendAsync(request, linked.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw Refused(response.StatusCode);
            }

            var json = await response.Content.ReadAsByteArrayAsync(linked.Token);
            return (json, JsonSerializer.Deserialize(json, ClusterStatusJson.Default.ClusterStatus) ?? throw new JsonException());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw GatewayErrors.Silent(target.Url);
        }
        catch (HttpRequestException e)
        {
            throw GatewayErrors.Unreachable(target.Url, e);
        }
        catch (JsonException e)
        {
            throw new CommandException($"{target.Url} doesn't answer as a gateway of this version does; check --url", e);
        }
    }

    public void Dispose() => _http.Dispose();

    private CommandException Refused(HttpStatusCode status) => new(status switch
    {
        HttpStatusCode.Unauthorized => GatewayErrors.NeedsKey(target.Url),
        HttpStatusCode.Forbidden => $"the API key may not see the cluster of {target.Url}; ask its operator",
        HttpStatusCode.NotFound => $"{target.Url} has no /cluster; the gateway may serve it at another port",
        HttpStatusCode.BadRequest => $"{target.Url} doesn't speak HTTP/1.1; use the gateway's HTTP port (8080 unless set otherwise)",
        _ => $"{target.Url} answered {(int)status} to GET /cluster; is it a gateway?",
    });
}
