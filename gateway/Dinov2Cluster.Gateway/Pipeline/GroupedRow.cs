using Dinov2Cluster.Gateway.Caching;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>A row that is computed.</summary>
/// <param name="Row">Zero-based row of the request.</param>
/// <param name="Flight">Through it others wait for the row's features; null without a cache.</param>
/// <param name="IsDropped">Whether its crop never came.</param>
internal readonly record struct GroupedRow(int Row, EmbeddingFlight? Flight, bool IsDropped = false);
