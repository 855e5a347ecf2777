namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>The weight files of a checkpoint: one <c>model.safetensors</c>, or the shards that its index names.</summary>
internal sealed class WeightFiles : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _owners = new(StringComparer.Ordinal);

    /// <summary>Opens the files of a checkpoint directory.</summary>
    public WeightFiles(string directory)
    {
        var single = Path.Combine(directory, CheckpointLayout.Weights);
        var index = Path.Combine(directory, CheckpointLayout.WeightIndex);
        // The order of transformers: a whole file wins over shards.
        var sharded = !File.Exists(single) && File.Exists(index);
        Catalog = sharded ? index : single;
        if (!File.Exists(Catalog))
        {
            throw new ModelException($"{Catalog}: no such file; a checkpoint needs it, or {CheckpointLayout.WeightIndex} and its shards");
        }

        Index = sharded ? WeightIndex.Read(index) : null;
        try
        {
            var files = (Index?.Shards ?? [CheckpointLayout.Weights]).ToDictionary(name => name, name => Add(Path.Combine(directory, name)), StringComparer.Ordinal);
            foreach (var (tensor, name) in Index?.Map ?? _files[0].Header.Tensors.Keys.ToDictionary(tensor => tensor, _ => CheckpointLayout.Weights))
            {
                var file = files[name];
                if (!file.Header.Tensors.ContainsKey(tensor))
                {
                    throw new ModelException($"{file.Path}: tensor {Printable.Quote(tensor)} is missing, though {CheckpointLayout.WeightIndex} says it is here");
                }

                _owners.Add(tensor, file);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Open files, in ordinal order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Files by the names of the tensors in them.</summary>
    public IReadOnlyDictionary<string, SafetensorsFile> Owners => _owners;

    /// <summary>Null when there is one file only.</summary>
    public WeightIndex? Index { get; }

    /// <summary>Path of the file that lists the tensors: the one to name when a tensor is missing.</summary>
    public string Catalog { get; }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private SafetensorsFile Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }
}
