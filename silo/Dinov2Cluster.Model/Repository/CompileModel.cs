using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

/// <summary>Compiles a checkpoint into a model directory that must not exist yet.</summary>
internal delegate ModelManifest CompileModel(string checkpointDirectory, string modelDirectory, CompileOptions options, CancellationToken cancellationToken);
