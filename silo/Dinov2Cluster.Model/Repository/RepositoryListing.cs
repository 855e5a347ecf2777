namespace Dinov2Cluster.Model.Repository;

/// <summary>What a repository holds, both lists in ordinal order of their names.</summary>
/// <param name="Models">The models that can be opened.</param>
/// <param name="Skipped">Other directories, save hidden ones, and why they are not models.</param>
public sealed record RepositoryListing(IReadOnlyList<ModelEntry> Models, IReadOnlyList<SkippedDirectory> Skipped);
