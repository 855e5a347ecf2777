using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// An open Hugging Face checkpoint directory: <c>config.json</c>, <c>preprocessor_config.json</c> (optional) and safetensors weights, in one
/// file or in shards. Tensors are read one at a time. Tensor names are those of transformers' <c>Dinov2Model</c>; the prefix of other
/// heads (<c>dinov2.</c>, <c>dinov2_with_registers.</c>) is added here when the file has it.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string ClsToken = "embeddings.cls_token";

    private readonly WeightFiles _weights;
    private readonly byte[] _configBytes;
    private readonly byte[]? _preprocessorBytes;
    private readonly string _prefix;
    private string? _sha256;

    private Checkpoint(string directory, WeightFiles weights, byte[] configBytes, byte[]? preprocessorBytes)
    {
        Directory = directory;
        _weights = weights;
        _configBytes = configBytes;
        _preprocessorBytes = preprocessorBytes;
        _prefix = Array.Find(["", "dinov2.", "dinov2_with_registers."], prefix => weights.Owners.ContainsKey(prefix + ClsToken)) ?? "";
        RandomWeights = weights.Files.Any(file => file.Header.HasRandomSeed);
    }

    /// <summary>Absolute path of the checkpoint.</summary>
    public string Directory { get; }

    /// <summary>The directory's name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Directory));

    /// <summary>The architecture, from <c>config.json</c>.</summary>
    public required Dinov2Config Config { get; init; }

    /// <summary>How images become crops: from <c>preprocessor_config.json</c>, or the published values when there is none.</summary>
    public required PreprocessorConfig Preprocessing { get; init; }

    /// <summary>True when the weight files mark themselves as seeded random numbers.</summary>
    public bool RandomWeights { get; }

    /// <summary>All tensors, also those that this architecture doesn't use: files in ordinal order of their names, and so the tensors of a file.</summary>
    public IReadOnlyList<CheckpointTensor> Tensors =>
    [
        .. from file in _weights.Files
           from tensor in file.Header.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)
           select new CheckpointTensor(tensor.Name, tensor.Type, tensor.Shape, Path.GetFileName(file.Path)),
    ];

    /// <summary>Opens a checkpoint: parses its configuration, and parses and checks every safetensors header. No weights are read.</summary>
    /// <exception cref="ModelException">A file is missing, unreadable, damaged or not supported; the message names it.</exception>
    public static Checkpoint Open(string directory)
    {
        directory = Path.GetFullPath(directory);
        if (!System.IO.Directory.Exists(directory))
        {
            throw new ModelException($"{directory}: no such directory");
        }

        var configPath = Path.Combine(directory, CheckpointLayout.Config);
        var configBytes = FileReading.ReadSmall(configPath, CheckpointLayout.MaxConfigBytes);
        var config = Dinov2ConfigReader.Parse(configBytes, configPath);
        var preprocessorPath = Path.Combine(directory, CheckpointLayout.Preprocessor);
        var preprocessorBytes = File.Exists(preprocessorPath) ? FileReading.ReadSmall(preprocessorPath, CheckpointLayout.MaxConfigBytes) : null;
        var preprocessing = preprocessorBytes is null ? new PreprocessorConfig() : PreprocessorConfigReader.Parse(preprocessorBytes, preprocessorPath);
        return new Checkpoint(directory, new WeightFiles(directory), configBytes, preprocessorBytes)
        {
            Config = config,
            Preprocessing = preprocessing,
        };
    }

    /// <summary>Whether the checkpoint has a tensor of this name.</summary>
    public bool Contains(string tensor) => _weights.Owners.ContainsKey(_prefix + tensor);

    /// <summary>Reads a whole tensor as float32, row-major; F16 and BF16 are widened exactly.</summary>
    /// <param name="tensor">Name without prefix, such as <c>encoder.layer.0.norm1.weight</c>.</param>
    /// <param name="shape">Its shape in this architecture.</param>
    /// <param name="destination">A float for each element of the shape.</param>
    /// <exception cref="ModelException">The tensor is missing, has another shape or another element type; the message names file and tensor.</exception>
    public void Read(string tensor, ReadOnlySpan<int> shape, Span<float> destination)
    {
        var name = _prefix + tensor;
        if (!_weights.Owners.TryGetValue(name, out var file))
        {
            throw new ModelException($"{_weights.Catalog}: tensor {Printable.Quote(name)} is missing; is the checkpoint complete, and does it match {CheckpointLayout.Config}?");
        }

        var found = file.Header.Tensors[name];
        long[] expected = [.. shape];
        if (!expected.SequenceEqual(found.Shape))
        {
            throw new ModelException($"{file.Path}: tensor {Printable.Quote(name)} has shape [{string.Join(", ", found.Shape)}], but {CheckpointLayout.Config} asks for [{string.Join(", ", expected)}]");
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, expected.Aggregate(1L, (count, dimension) => count * dimension), nameof(destination));
        file.Read(found, destination);
    }

    /// <summary>
    /// SHA-256 of the checkpoint, lower-case hex. Hashed are <c>config.json</c>, <c>preprocessor_config.json</c> if there is one,
    /// <c>model.safetensors.index.json</c> if it is used, then the weight files in ordinal order of their names; of each file its name in
    /// UTF-8, a zero byte, its length as a 64-bit little-endian number, and its bytes. The configuration is hashed as it was when opened.
    /// The weights are read on the first call only: the giant has 4.5 GB.
    /// </summary>
    /// <exception cref="ModelException">A weight file can't be read.</exception>
    public string ComputeSha256(CancellationToken cancellationToken)
    {
        if (_sha256 is not null)
        {
            return _sha256;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in (ReadOnlySpan<(string, byte[]?)>)
            [(CheckpointLayout.Config, _configBytes), (CheckpointLayout.Preprocessor, _preprocessorBytes), (CheckpointLayout.WeightIndex, _weights.Index?.Json)])
        {
            if (content is not null)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(name + '\0'));
                hash.AppendData(BitConverter.GetBytes((long)content.Length));
                hash.AppendData(content);
            }
        }

        foreach (var file in _weights.Files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file.Path) + '\0'));
            FileReading.Hash(hash, file.Handle, file.Path, cancellationToken);
        }

        return _sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    /// <summary>Throws when a weight file was written to since it was opened: what was read may then not be what was hashed.</summary>
    internal void EnsureUnchanged()
    {
        foreach (var file in _weights.Files)
        {
            file.EnsureUnchanged();
        }
    }
}

/// <summary>A tensor of a checkpoint's weights.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Element type, as safetensors names it: <c>F32</c>.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="File">Name of the file that holds it.</param>
public sealed record CheckpointTensor(string Name, string Type, IReadOnlyList<long> Shape, string File)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (count, dimension) => count * dimension);
}
