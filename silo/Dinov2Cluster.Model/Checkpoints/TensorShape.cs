namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>A tensor that an architecture asks for, and how its random stand-in is distributed.</summary>
/// <param name="Name">Name as in transformers' <c>Dinov2Model</c>.</param>
/// <param name="Shape">Row-major shape.</param>
/// <param name="Mean">Mean of random weights.</param>
/// <param name="StandardDeviation">Standard deviation of random weights.</param>
internal sealed record TensorShape(string Name, int[] Shape, double Mean, double StandardDeviation)
{
    public long Count => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
}
