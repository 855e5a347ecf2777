using System.Text.Json.Nodes;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cluster.Tests;

/// <summary>Reads a gateway's <c>/cluster</c>.</summary>
internal static class ClusterStatus
{
    private static readonly Uri _route = new("/cluster", UriKind.Relative);

    /// <summary>Waits until the gateway sees the silo in that state; null: not at all.</summary>
    public static Task WaitForSiloAsync(this ITestHost gateway, string silo, string? state, CancellationToken cancellationToken) => Until.TrueAsync(
        async () =>
        {
            var status = JsonNode.Parse(await gateway.Http.GetStringAsync(_route, cancellationToken))!;
            var seen = status["silos"]!.AsArray().FirstOrDefault(seen => (string)seen!["name"]! == silo);
            return (string?)seen?["state"] == state;
        },
        cancellationToken);
}
