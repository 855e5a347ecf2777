namespace Dinov2Cluster.Model.Repository;

/// <summary>A model that a repository offers.</summary>
/// <param name="Name">The directory's name: the model's name everywhere.</param>
/// <param name="Kind">What the directory holds.</param>
public sealed record ModelEntry(string Name, ModelKind Kind);
