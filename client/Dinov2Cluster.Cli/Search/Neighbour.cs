namespace Dinov2Cluster.Cli.Search;

/// <summary>A row of an index that is like the query.</summary>
/// <param name="Score">Cosine of the angle between them, -1 to 1.</param>
/// <param name="Path">Path or URL of its image.</param>
internal sealed record Neighbour(float Score, string Path);
