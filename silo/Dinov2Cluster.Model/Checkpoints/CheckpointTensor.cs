namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>A tensor of a checkpoint's weights.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Element type in safetensors' words, such as <c>F32</c>.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="File">Name of the file that holds it.</param>
public sealed record CheckpointTensor(string Name, string Type, IReadOnlyList<long> Shape, string File)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (count, dimension) => count * dimension);
}
