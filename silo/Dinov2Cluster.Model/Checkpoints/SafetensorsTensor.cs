namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>One tensor of a safetensors header; offsets count from the end of the header.</summary>
internal sealed record SafetensorsTensor(string Name, string Type, long[] Shape, long Begin, long End);
