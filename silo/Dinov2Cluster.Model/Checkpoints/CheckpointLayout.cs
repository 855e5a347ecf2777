namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>The files of a Hugging Face checkpoint that serving needs.</summary>
public static class CheckpointLayout
{
    /// <summary>The architecture; required.</summary>
    public const string Config = "config.json";

    /// <summary>How images become crops; optional.</summary>
    public const string Preprocessor = "preprocessor_config.json";

    /// <summary>The weights in one file, which wins over shards.</summary>
    public const string Weights = "model.safetensors";

    /// <summary>Names the shards, where the weights are in several files.</summary>
    public const string WeightIndex = "model.safetensors.index.json";

    /// <summary>Largest <see cref="WeightIndex"/> that is read, in bytes.</summary>
    public const int MaxWeightIndexBytes = 16 << 20;

    /// <summary>Largest <see cref="Config"/> or <see cref="Preprocessor"/> that is read, in bytes.</summary>
    internal const int MaxConfigBytes = 1 << 20;

    /// <summary>Key in the safetensors metadata that marks seeded random weights.</summary>
    internal const string RandomSeedKey = "dinov2cluster.random_seed";

    /// <summary>The shards that a <see cref="WeightIndex"/> names, in ordinal order: plain file names that end in <c>.safetensors</c>.</summary>
    /// <param name="indexPath">Path of the index.</param>
    /// <exception cref="ModelException">It can't be read, is not an index, or names a file outside its directory.</exception>
    public static IReadOnlyList<string> ReadShards(string indexPath) => Checkpoints.WeightIndex.Read(indexPath).Shards;

    internal static bool HasWeights(string directory) => File.Exists(Path.Combine(directory, Weights)) || File.Exists(Path.Combine(directory, WeightIndex));
}
