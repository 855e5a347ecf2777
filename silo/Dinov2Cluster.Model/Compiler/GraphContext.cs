using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>What the writers of a graph's parts share.</summary>
internal sealed record GraphContext
{
    public required Dinov2Config Config { get; init; }

    public required PreprocessorConfig Preprocessing { get; init; }

    public required PositionEmbeddingMode PositionEmbedding { get; init; }

    /// <summary>Patches along one side of the crop.</summary>
    public required int Grid { get; init; }

    /// <summary>Whether the patch tokens are outputs too.</summary>
    public required bool PatchTokens { get; init; }

    public required GraphBuilder Graph { get; init; }

    public required PrecisionWriter Precision { get; init; }

    public required WeightReader Weights { get; init; }

    /// <summary>Tokens before the patches: CLS, then the registers.</summary>
    public int LeadingTokens => 1 + Config.RegisterTokens;

    /// <summary>Tokens of one image.</summary>
    public int Tokens => LeadingTokens + Patches;

    /// <summary>Patch tokens of one image.</summary>
    public int Patches => Grid * Grid;
}
