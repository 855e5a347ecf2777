namespace Dinov2Cluster.Model.Repository;

/// <summary>A model that is ready to load.</summary>
/// <param name="Name">The model's name in the repository.</param>
/// <param name="OnnxPath">Absolute path of the ONNX file; external data lies beside it.</param>
/// <param name="Manifest">What the compiler says of it; null for somebody else's ONNX export.</param>
public sealed record ModelFiles(string Name, string OnnxPath, ModelManifest? Manifest);
