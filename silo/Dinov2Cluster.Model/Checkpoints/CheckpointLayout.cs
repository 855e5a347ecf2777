namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>The files of a Hugging Face checkpoint that serving needs.</summary>
public static class CheckpointLayout
{
    /// <summary>The architecture; required.</summary>
    public const string Config = CheckpointFiles.Config;

    /// <summary>How images become crops; optional.</summary>
    public const string Preprocessor = CheckpointFiles.Preprocessor;

    /// <summary>The weights in one file, which wins over shards.</summary>
    public const string Weights = CheckpointFiles.Weights;

    /// <summary>Names the shards, where the weights are in several files.</summary>
    public const string WeightIndex = CheckpointFiles.WeightIndex;

    /// <summary>Largest <see cref="WeightIndex"/> that is read, in bytes.</summary>
    public const int MaxWeightIndexBytes = Checkpoints.WeightIndex.MaxBytes;

    /// <summary>The shards that a <see cref="WeightIndex"/> names, in ordinal order: plain file names that end in <c>.safetensors</c>.</summary>
    /// <param name="indexPath">Path of the index.</param>
    /// <exception cref="ModelException">It can't be read, is no index, or names a file that isn't beside it.</exception>
    public static IReadOnlyList<string> ReadShards(string indexPath) =>
        Checkpoints.WeightIndex.Shards(Checkpoints.WeightIndex.Parse(CheckpointFiles.ReadSmall(indexPath, MaxWeightIndexBytes), indexPath), indexPath);
}
