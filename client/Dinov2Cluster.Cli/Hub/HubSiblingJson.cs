namespace Dinov2Cluster.Cli.Hub;

/// <summary>One file of a listing.</summary>
internal sealed record HubSiblingJson(string? Rfilename, long? Size, string? BlobId, HubLfsJson? Lfs);
