namespace Dinov2Cluster.Cli.Search;

/// <summary>What a search has found.</summary>
/// <param name="Neighbours">The best first; of equals that which comes first in the file.</param>
/// <param name="Compared">Rows that the query was compared with.</param>
/// <param name="PassedOver">Rows that have no direction: zero, or not finite.</param>
internal sealed record SearchResult(IReadOnlyList<Neighbour> Neighbours, long Compared, long PassedOver);
