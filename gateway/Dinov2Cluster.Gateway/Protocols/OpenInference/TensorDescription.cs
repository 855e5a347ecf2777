namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>A tensor as the metadata has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype"><c>BYTES</c> or <c>FP32</c>.</param>
/// <param name="Shape">Its dimensions; -1 is one of any size.</param>
internal sealed record TensorDescription(string Name, string Datatype, IReadOnlyList<long> Shape);
