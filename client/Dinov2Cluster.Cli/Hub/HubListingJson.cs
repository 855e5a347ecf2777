namespace Dinov2Cluster.Cli.Hub;

/// <summary>What <c>GET /api/models/{id}/revision/{revision}?blobs=true</c> answers, as far as it is used.</summary>
internal sealed record HubListingJson(string? Sha, IReadOnlyList<HubSiblingJson?>? Siblings);
