using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dinov2Cluster.Cli.Gateways;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Cluster;

/// <summary>Asks a gateway for the state of its cluster.</summary>
internal sealed class ClusterClient(GatewayTarget target) : IDisposable
{
    private const int MaxBytes = 16 << 20;

    private readonly GatewayHttp _http = new(target, MaxBytes);

    /// <summary>Returns the answer as unchanged JSON, and parsed.</summary>
    /// <exception cref="CommandException">The gateway can't be reached, refuses, or answers something else.</exception>
    public async Task<(byte[] Json, ClusterStatus Status)> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var json = await _http.RunAsync(GetAsync, cancellationToken);
            return (json, JsonSerializer.Deserialize(json, ClusterStatusJson.Default.ClusterStatus) ?? throw new JsonException());
        }
        catch (HttpRequestException exception)
        {
            throw GatewayErrors.Unreachable(target.Url, exception);
        }
        catch (JsonException exception)
        {
            throw new CommandException($"{target.Url} doesn't answer like a gateway of this version; check --url", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> GetAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target.Url, "/cluster"));
        request.Headers.Authorization = target.ApiKey is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;
        using var response = await client.SendAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsByteArrayAsync(cancellationToken) : throw Refused(response.StatusCode);
    }

    private CommandException Refused(HttpStatusCode status) => new(status switch
    {
        HttpStatusCode.Unauthorized => GatewayErrors.NeedsKey(target.Url),
        HttpStatusCode.Forbidden => $"the API key may not see the cluster of {target.Url}; ask its operator",
        HttpStatusCode.NotFound => $"{target.Url} has no /cluster; the gateway may serve it at another port",
        HttpStatusCode.BadRequest => $"{target.Url} doesn't speak HTTP/1.1; use the gateway's HTTP port (8080 unless set otherwise)",
        _ => $"{target.Url} answered {(int)status} to GET /cluster; is it a gateway?",
    });
}
