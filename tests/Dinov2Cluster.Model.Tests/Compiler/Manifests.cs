using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Tests.Compiler;

internal static class Manifests
{
    public static ModelManifest Create(string name, string sha256) => new()
    {
        Name = name,
        EmbeddingSize = 128,
        Layers = 3,
        Heads = 2,
        RegisterTokens = 4,
        ImageSize = 224,
        PatchSize = 14,
        Precision = Precision.Int8,
        PositionEmbedding = PositionEmbeddingMode.Antialias,
        SourceSha256 = sha256,
        Preprocessing = new PreprocessorConfig { ShortestEdge = 300, Mean = [0.1, 0.2, 0.3] },
        RandomWeights = true,
    };
}
