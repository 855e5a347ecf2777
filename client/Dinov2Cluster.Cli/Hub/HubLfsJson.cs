namespace Dinov2Cluster.Cli.Hub;

/// <summary>What a listing says of a file in git's large file storage.</summary>
internal sealed record HubLfsJson(string? Sha256, long? Size);
