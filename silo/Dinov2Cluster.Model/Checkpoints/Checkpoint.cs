using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// An open Hugging Face checkpoint directory: <c>config.json</c>, <c>preprocessor_config.json</c> (optional) and safetensors weights, in one
/// file or in shards. Tensors are read one at a time; tensor names are those of transformers' <c>Dinov2Model</c>, and the prefix that
/// other heads put before them (<c>dinov2.</c>, <c>dinov2_with_registers.</c>) is added here when the file has it.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string ClsToken = "embeddings.cls_token";
    private const int HashBufferBytes = 1 << 20;

    private readonly WeightFiles _weights;
    private readonly byte[] _configBytes;
    private readonly byte[]? _preprocessorBytes;
    private readonly string _prefix;

    private Checkpoint(string directory, WeightFiles weights, byte[] configBytes, byte[]? preprocessorBytes)
    {
        Directory = directory;
        _weights = weights;
        _configBytes = configBytes;
        _preprocessorBytes = preprocessorBytes;
        _prefix = Array.Find(["", "dinov2.", "dinov2_with_registers."], prefix => weights.Owner(prefix + ClsToken) is not null) ?? "";
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

    /// <summary>True when the weights say of themselves that they are seeded random numbers.</summary>
    public bool RandomWeights { get; }

    /// <summary>All tensors, file by file in ordinal order of the file names, in a file by their names; those that this architecture doesn't use too.</summary>
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

        var configPath = Path.Combine(directory, CheckpointFiles.Config);
        var configBytes = CheckpointFiles.ReadSmall(configPath, Dinov2ConfigReader.MaxBytes);
        var config = Dinov2ConfigReader.Parse(configBytes, configPath);
        var preprocessorPath = Path.Combine(directory, CheckpointFiles.Preprocessor);
        var preprocessorBytes = File.Exists(preprocessorPath) ? CheckpointFiles.ReadSmall(preprocessorPath, PreprocessorConfigReader.MaxBytes) : null;
        var preprocessing = preprocessorBytes is null ? new PreprocessorConfig() : PreprocessorConfigReader.Parse(preprocessorBytes, preprocessorPath);
        return new Checkpoint(directory, WeightFiles.Open(directory), configBytes, preprocessorBytes)
        {
            Config = config,
            Preprocessing = preprocessing,
        };
    }

    /// <summary>Whether the checkpoint has a tensor of this name.</summary>
    public bool Contains(string tensor) => _weights.Owner(_prefix + tensor) is not null;

    /// <summary>Reads a whole tensor as float32, row-major; F16 and BF16 are widened exactly.</summary>
    /// <param name="tensor">Name without prefix, such as <c>encoder.layer.0.norm1.weight</c>.</param>
    /// <param name="shape">The shape that the architecture gives it.</param>
    /// <param name="destination">As many floats as the shape has elements.</param>
    /// <exception cref="ModelException">The tensor is missing, has another shape or another element type; the message names file and tensor.</exception>
    public void Read(string tensor, ReadOnlySpan<int> shape, Span<float> destination)
    {
        var name = _prefix + tensor;
        var file = _weights.Owner(name)
            ?? throw new ModelException($"{_weights.Catalogue}: tensor {Printable.Quote(name)} is missing; is the checkpoint complete, and does it match {CheckpointFiles.Config}?");
        var found = file.Header.Tensors[name];
        if (!SameShape(shape, found.Shape))
        {
            throw new ModelException($"{file.Path}: tensor {Printable.Quote(name)} has shape [{string.Join(", ", found.Shape)}], but {CheckpointFiles.Config} asks for [{string.Join(", ", shape.ToArray())}]");
        }

        var count = 1L;
        foreach (var dimension in shape)
        {
            count = checked(count * dimension);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, count, nameof(destination));
        file.Read(found, destination);
    }

    /// <summary>
    /// SHA-256 of the checkpoint, lower-case hex. Hashed are <c>config.json</c>, <c>preprocessor_config.json</c> if there is one,
    /// <c>model.safetensors.index.json</c> if it is used, then the weight files in ordinal order of their names; of each file its name in
    /// UTF-8, a zero byte, its length as a 64-bit little-endian number, and its bytes. The configuration is hashed as it was when opened.
    /// </summary>
    /// <exception cref="ModelException">A weight file can't be read.</exception>
    public string ComputeSha256(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, CheckpointFiles.Config, _configBytes);
        Append(hash, CheckpointFiles.Preprocessor, _preprocessorBytes);
        Append(hash, CheckpointFiles.WeightIndex, _weights.Index);
        foreach (var file in _weights.Files)
        {
            Append(hash, file.Path, file.Handle, cancellationToken);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    private static bool SameShape(ReadOnlySpan<int> expected, ReadOnlySpan<long> found)
    {
        if (expected.Length != found.Length)
        {
            return false;
        }

        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i] != found[i])
            {
                return false;
            }
        }

        return true;
    }

    private static void Append(IncrementalHash hash, string name, byte[]? content)
    {
        if (content is not null)
        {
            AppendName(hash, name, content.Length);
            hash.AppendData(content);
        }
    }

    private static void Append(IncrementalHash hash, string path, SafeFileHandle file, CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(file);
        AppendName(hash, Path.GetFileName(path), length);
        var buffer = ArrayPool<byte>.Shared.Rent(HashBufferBytes);
        try
        {
            for (var offset = 0L; offset < length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var chunk = buffer.AsSpan(0, (int)Math.Min(HashBufferBytes, length - offset));
                CheckpointFiles.ReadExactly(file, chunk, offset, path);
                hash.AppendData(chunk);
                offset += chunk.Length;
            }
        }
        catch (IOException e)
        {
            throw CheckpointFiles.Unreadable(path, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void AppendName(IncrementalHash hash, string name, long length)
    {
        Span<byte> suffix = stackalloc byte[1 + sizeof(long)];
        suffix[0] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(suffix[1..], length);
        hash.AppendData(Encoding.UTF8.GetBytes(name));
        hash.AppendData(suffix);
    }
}
