namespace Dinov2Cluster.Model.Compiler;

/// <summary>Names of the residual stream and of its LayerNorm, both float32 [N * tokens, HiddenSize].</summary>
internal readonly record struct TokenStream(string Residual, string Normalised);
