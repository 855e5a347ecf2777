namespace Dinov2Cluster.Model.Compiler;

/// <summary>How a compiled model stores and multiplies its weights.</summary>
public enum Precision
{
    /// <summary>32-bit floats: the reference.</summary>
    Fp32,

    /// <summary>16-bit floats, for GPUs.</summary>
    Fp16,

    /// <summary>8-bit weights, quantised per column; activations quantised while it runs. For CPUs.</summary>
    Int8,
}
