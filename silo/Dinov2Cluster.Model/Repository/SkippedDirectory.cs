namespace Dinov2Cluster.Model.Repository;

/// <summary>A directory of the repository that is not offered as a model.</summary>
/// <param name="Name">The directory's name.</param>
/// <param name="Reason">Why not, for the person who put it there.</param>
public sealed record SkippedDirectory(string Name, string Reason);
