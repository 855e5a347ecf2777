namespace Dinov2Cluster.Model.Repository;

/// <summary>The content of a repository, both lists in ordinal order of their names.</summary>
/// <param name="Models">The models that can be opened.</param>
/// <param name="Skipped">Other directories, except hidden ones, and why they are not models.</param>
public sealed record RepositoryListing(IReadOnlyList<ModelEntry> Models, IReadOnlyList<SkippedDirectory> Skipped);

/// <summary>A model that a repository offers.</summary>
/// <param name="Name">The directory's name: the model's name everywhere.</param>
/// <param name="Kind">What the directory holds.</param>
public sealed record ModelEntry(string Name, ModelKind Kind);

/// <summary>A directory of the repository that is not offered as a model.</summary>
/// <param name="Name">The directory's name.</param>
/// <param name="Reason">Why not, for the person who put it there.</param>
public sealed record SkippedDirectory(string Name, string Reason);
