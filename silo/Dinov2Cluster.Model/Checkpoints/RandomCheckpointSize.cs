namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>The published DINOv2 architectures by name, and <c>nano</c> for tests and first runs.</summary>
internal static class RandomCheckpointSize
{
    private const int PublishedRegisterTokens = 4;

    /// <summary>Names in order of size.</summary>
    public static IReadOnlyList<string> Names { get; } = ["nano", "small", "base", "large", "giant"];

    public static Dinov2Config Config(string size, bool registers)
    {
        var (hidden, layers, heads) = size switch
        {
            "nano" => (128, 3, 2),
            "small" => (384, 12, 6),
            "base" => (768, 12, 12),
            "large" => (1024, 24, 16),
            "giant" => (1536, 40, 24),
            _ => throw new ModelException($"size {Printable.Quote(size)} is unknown; expected one of {string.Join(", ", Names)}"),
        };
        return new Dinov2Config
        {
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            PatchSize = 14,
            ImageSize = 518,
            MlpRatio = 4,
            UseSwiGlu = size == "giant",
            QkvBias = true,
            LayerNormEpsilon = 1e-6f,
            RegisterTokens = registers ? PublishedRegisterTokens : 0,
        };
    }
}
