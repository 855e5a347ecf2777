using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>What is wanted for some crops.</summary>
/// <param name="Model">A model from <see cref="IEmbeddingRouter.TryGetModel"/>.</param>
/// <param name="Output">Which features; one that the model gives.</param>
/// <param name="Priority">Whether others go first at a device.</param>
/// <param name="Deadline"><see cref="TimeProvider"/> timestamp after which the answer is of no use.</param>
internal sealed record RouteRequest(ServedModel Model, Output Output, Priority Priority, long Deadline)
{
    /// <summary>Features that each crop gives.</summary>
    public int FeaturesPerImage { get; } = Model.FeaturesPerImage(Output);
}
