namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>The weight files of a checkpoint: one <c>model.safetensors</c>, or the shards that its index names.</summary>
internal sealed class WeightFiles : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _owners = new(StringComparer.Ordinal);

    private WeightFiles()
    {
    }

    /// <summary>Open files, in ordinal order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>The index's bytes, or null when there is one file only.</summary>
    public byte[]? Index { get; private set; }

    /// <summary>The file that tells where tensors are: what to name when one is missing.</summary>
    public required string Catalogue { get; init; }

    public static bool ExistIn(string directory) =>
        File.Exists(Path.Combine(directory, CheckpointFiles.Weights)) || File.Exists(Path.Combine(directory, CheckpointFiles.WeightIndex));

    public static WeightFiles Open(string directory)
    {
        var single = Path.Combine(directory, CheckpointFiles.Weights);
        var index = Path.Combine(directory, CheckpointFiles.WeightIndex);
        // The order of transformers: a whole file wins over shards.
        var sharded = !File.Exists(single) && File.Exists(index);
        var weights = new WeightFiles { Catalogue = sharded ? index : single };
        try
        {
            if (sharded)
            {
                weights.OpenShards(directory, index);
            }
            else
            {
                weights.OpenSingle(single);
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public SafetensorsFile? Owner(string tensor) => _owners.GetValueOrDefault(tensor);

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private void OpenSingle(string path)
    {
        if (!File.Exists(path))
        {
            throw new ModelException($"{path}: no such file; a checkpoint needs it, or {CheckpointFiles.WeightIndex} and its shards");
        }

        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (var tensor in file.Header.Tensors.Keys)
        {
            _owners.Add(tensor, file);
        }
    }

    private void OpenShards(string directory, string index)
    {
        Index = CheckpointFiles.ReadSmall(index, WeightIndex.MaxBytes);
        var map = WeightIndex.Parse(Index, index);
        var byName = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (var name in WeightIndex.Shards(map, index))
        {
            var file = SafetensorsFile.Open(Path.Combine(directory, name));
            _files.Add(file);
            byName.Add(name, file);
        }

        foreach (var (tensor, name) in map)
        {
            var file = byName[name];
            if (!file.Header.Tensors.ContainsKey(tensor))
            {
                throw new ModelException($"{file.Path}: tensor {Printable.Quote(tensor)} is missing, though {CheckpointFiles.WeightIndex} says it is here");
            }

            _owners.Add(tensor, file);
        }
    }
}
