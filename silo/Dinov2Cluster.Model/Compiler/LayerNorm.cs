namespace Dinov2Cluster.Model.Compiler;

/// <summary>A LayerNorm: names of its constants in the graph, and its epsilon.</summary>
internal readonly record struct LayerNorm(string Gamma, string Beta, float Epsilon);
