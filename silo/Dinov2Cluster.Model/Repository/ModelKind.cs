namespace Dinov2Cluster.Model.Repository;

/// <summary>What a directory of the repository holds.</summary>
public enum ModelKind
{
    /// <summary>A compiled model: <c>model.json</c> and <c>model.onnx</c>.</summary>
    Compiled,

    /// <summary>A Hugging Face checkpoint: <c>config.json</c> and safetensors weights; compiled on first load.</summary>
    Checkpoint,

    /// <summary>Somebody else's ONNX export: <c>model.onnx</c> alone.</summary>
    Onnx,
}
