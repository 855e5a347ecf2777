namespace Dinov2Cluster.Model.Compiler;

/// <summary>Names of the residual stream and of its LayerNorm, both rows of float32.</summary>
internal readonly record struct TokenStream(string Residual, string Normalised);
