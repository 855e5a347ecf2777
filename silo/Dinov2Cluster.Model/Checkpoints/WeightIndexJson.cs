namespace Dinov2Cluster.Model.Checkpoints;

/// <summary><c>model.safetensors.index.json</c>.</summary>
internal sealed record WeightIndexJson(Dictionary<string, string>? WeightMap);
