namespace Dinov2Cluster.Cli.Search;

/// <summary>The features that are searched for.</summary>
/// <param name="Features">The vector.</param>
/// <param name="Model">Name of the model that made it; empty when nobody says.</param>
internal sealed record QueryVector(ReadOnlyMemory<float> Features, string Model);
