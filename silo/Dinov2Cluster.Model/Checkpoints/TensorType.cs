namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>Element types of the safetensors format (its own names) that take whole bytes.</summary>
internal static class TensorType
{
    public const string F32 = "F32";
    public const string F16 = "F16";
    public const string BF16 = "BF16";

    /// <summary>Bytes per element, or 0 when the type is unknown.</summary>
    public static int Size(string name) => name switch
    {
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" => 1,
        "I16" or "U16" or F16 or BF16 => 2,
        "I32" or "U32" or F32 => 4,
        "I64" or "U64" or "F64" or "C64" => 8,
        _ => 0,
    };
}
