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

    /// <summary>Files by the names of the tensors in them.</summary>
    public IReadOnlyDictionary<string, SafetensorsFile> Owners => _owners;

    /// <summary>Null when there is one file only.</summary>
    public WeightIndex? Index { get; private set; }

    /// <summary>Path of the file that lists the tensors: the one to name when a tensor is missing.</summary>
    public required string Catalog { get; init; }

    public static WeightFiles Open(string directory)
    {
        var single = Path.Combine(directory, CheckpointLayout.Weights);
        var index = Path.Combine(directory, CheckpointLayout.WeightIndex);
        // The order of transformers: a whole file wins over shards.
        var sharded = !File.Exists(single) && File.Exists(index);
        var weights = new WeightFiles { Catalog = sharded ? index : single };
        try
        {
            if (sharded)
            {
                weights.OpenShards(directory);
            }
            else
            {
                weights.OpenSingle();
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void OpenSingle()
    {
        if (!File.Exists(Catalog))
        {
            throw new ModelException($"{Catalog}: no such file; a checkpoint needs it, or {CheckpointLayout.WeightIndex} and its shards");
        }

        var file = Add(Catalog);
        foreach (var tensor in file.Header.Tensors.Keys)
        {
            _owners.Add(tensor, file);
        }
    }

    private void OpenShards(string directory)
    {
        Index = WeightIndex.Read(Catalog);
        var byName = Index.Shards.ToDictionary(name => name, name => Add(Path.Combine(directory, name)), StringComparer.Ordinal);
        foreach (var (tensor, name) in Index.Map)
        {
            var file = byName[name];
            if (!file.Header.Tensors.ContainsKey(tensor))
            {
                throw new ModelException($"{file.Path}: tensor {Printable.Quote(tensor)} is missing, though {CheckpointLayout.WeightIndex} says it is here");
            }

            _owners.Add(tensor, file);
        }
    }

    private SafetensorsFile Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }
}
