using System.Text.Json;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// The JSON header of a safetensors file, checked in full: known types, shapes that agree with byte ranges, and ranges that cover the
/// data without gaps or overlaps (a rule of the format: a file can't hide data).
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own limit on the header, in bytes.</summary>
    public const int MaxLength = 100_000_000;

    private const int MaxDimensions = 8;
    private const string MetadataKey = "__metadata__";

    private readonly string _path;
    private readonly Dictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path) => _path = path;

    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

    public bool HasRandomSeed { get; private set; }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataLength">Bytes of the file that follow the header.</param>
    /// <param name="path">The file, for messages.</param>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string path)
    {
        var header = new SafetensorsHeader(path);
        try
        {
            header.ReadAll(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Utf8JsonReader throws InvalidOperationException for strings that are not valid UTF-8.
            throw new ModelException($"{path}: the safetensors header is not valid JSON; the file is damaged, download it again", exception);
        }

        header.CheckCoverage(dataLength);
        return header;
    }

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new ModelException($"{_path}: the safetensors header is not a JSON object; the file is damaged, download it again");
        }

        var metadataSeen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
            {
                Require(!metadataSeen, name, "is given twice");
                metadataSeen = true;
                ReadMetadata(ref reader);
            }
            else
            {
                Require(_tensors.TryAdd(name, ReadTensor(ref reader, name)), name, "is given twice");
            }
        }

        // Anything but white space after the object makes this throw.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, MetadataKey, "is not an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            HasRandomSeed |= reader.ValueTextEquals(CheckpointLayout.RandomSeedKey);
            reader.Read();
            Require(reader.TokenType == JsonTokenType.String, MetadataKey, "is not an object of strings");
        }
    }

    private SafetensorsTensor ReadTensor(ref Utf8JsonReader reader, string name)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, name, "is not described by an object");
        string? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    Require(reader.TokenType == JsonTokenType.String, name, "has a dtype that is not a string");
                    type = reader.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, key);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, key);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Broken(name, $"has two {key.TrimEnd('s')}s");
                default:
                    throw Broken(name, $"has the unknown key {Printable.Quote(key)}");
            }
        }

        Require(type is not null, name, "has no dtype");
        Require(shape is not null, name, "has no shape");
        Require(offsets is { Length: 2 }, name, "has no pair of data_offsets");
        return Checked(new SafetensorsTensor(name, type!, shape!, offsets![0], offsets[1]));
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, string key)
    {
        Require(reader.TokenType == JsonTokenType.StartArray, name, $"has a {key} that is not an array");
        Span<long> numbers = stackalloc long[MaxDimensions];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(count < MaxDimensions, name, $"has a {key} of more than {MaxDimensions} numbers");
            var number = -1L;
            Require(reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out number) && number >= 0, name, $"has a {key} with something else than whole numbers from 0 to 2^63");
            numbers[count++] = number;
        }

        return numbers[..count].ToArray();
    }

    private SafetensorsTensor Checked(SafetensorsTensor tensor)
    {
        var size = TensorType.Size(tensor.Type);
        Require(size > 0, tensor.Name, $"has the unknown dtype {Printable.Quote(tensor.Type)}");
        Require(tensor.Begin <= tensor.End, tensor.Name, $"has data_offsets that end before they begin ({tensor.Begin} to {tensor.End})");
        Int128 bytes = size;
        foreach (var dimension in tensor.Shape)
        {
            // Each factor is below 2^63 and the product so far too, so 128 bits can't overflow.
            bytes *= dimension;
            Require(bytes <= long.MaxValue, tensor.Name, "has a shape too large for any file");
        }

        Require(bytes == tensor.End - tensor.Begin, tensor.Name, $"has a shape of {bytes} bytes but data_offsets of {tensor.End - tensor.Begin}");
        return tensor;
    }

    private void CheckCoverage(long dataLength)
    {
        var end = 0L;
        foreach (var tensor in _tensors.Values.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            Require(tensor.End <= dataLength, tensor.Name, $"ends at byte {tensor.End} of {dataLength}; the file is truncated, download it again");
            Require(tensor.Begin >= end, tensor.Name, $"overlaps the tensor before it (begins at {tensor.Begin}, should at {end})");
            Require(tensor.Begin == end, tensor.Name, $"leaves a gap before it (begins at {tensor.Begin}, should at {end})");
            end = tensor.End;
        }

        if (end != dataLength)
        {
            throw new ModelException($"{_path}: {dataLength - end} bytes after the last tensor belong to none; the file is damaged, download it again");
        }
    }

    private void Require(bool condition, string tensor, string problem)
    {
        if (!condition)
        {
            throw Broken(tensor, problem);
        }
    }

    private ModelException Broken(string tensor, string problem) => new($"{_path}: tensor {Printable.Quote(tensor)} {problem}");
}

/// <summary>One tensor of a safetensors header; offsets count from the end of the header.</summary>
internal sealed record SafetensorsTensor(string Name, string Type, long[] Shape, long Begin, long End);

/// <summary>Element types of the safetensors format (its own names) that take whole bytes.</summary>
internal static class TensorType
{
    public const string F32 = "F32";
    public const string F16 = "F16";
    public const string BF16 = "BF16";

    /// <summary>Bytes per element, or 0 when the type is unknown.</summary>
    public static int Size(string name) => name switch
    {
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" => 1,
        "I16" or "U16" or F16 or BF16 => 2,
        "I32" or "U32" or F32 => 4,
        "I64" or "U64" or "F64" or "C64" => 8,
        _ => 0,
    };
}
