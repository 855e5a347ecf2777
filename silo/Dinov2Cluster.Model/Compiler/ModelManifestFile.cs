using System.Text.Json;
using System.Text.Json.Serialization;
using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Reads and writes <c>model.json</c>.</summary>
internal static class ModelManifestFile
{
    private const int Version = 1;
    private const int MaxBytes = 1 << 20;
    private const int MaxSide = 8192;

    /// <summary>Writes the manifest into a model directory.</summary>
    public static void Write(string modelDirectory, ModelManifest manifest) =>
        File.WriteAllBytes(
            Path.Combine(modelDirectory, ModelManifest.FileName),
            [.. JsonSerializer.SerializeToUtf8Bytes(manifest, ModelManifestJsonContext.Default.ModelManifest), (byte)'\n']);

    /// <summary>Reads and checks the manifest of a model directory.</summary>
    /// <exception cref="ModelException">The file is missing, damaged, or of another format version.</exception>
    public static ModelManifest Read(string modelDirectory)
    {
        var path = Path.Combine(modelDirectory, ModelManifest.FileName);
        var manifest = Parse(FileReading.ReadSmall(path, MaxBytes), path);
        if (manifest.FormatVersion != Version)
        {
            throw new ModelException($"{path}: format version {manifest.FormatVersion}, but this program reads {Version}; compile the model again");
        }

        // Values of a hand-edited file must not become buffer sizes. Absent keys of nested objects are read as zero or null and fail here too.
        var preprocessing = manifest.Preprocessing;
        var valid = !string.IsNullOrEmpty(manifest.Name)
            && !string.IsNullOrEmpty(manifest.SourceSha256)
            && manifest.EmbeddingSize is >= 1 and <= MaxSide
            && manifest.Layers >= 1
            && manifest.Heads >= 1
            && manifest.RegisterTokens >= 0
            && manifest.PatchSize >= 1
            && manifest.ImageSize is >= 1 and <= MaxSide
            && (manifest.Residual == ResidualPrecision.Fp32 || manifest.Precision == Precision.Fp16)
            && (manifest.PatchTokens == 0 || manifest.PatchTokens == PatchesOf(manifest))
            && preprocessing is { CropSize: >= 1 and <= MaxSide, ShortestEdge: >= 1 and <= MaxSide, RescaleFactor: > 0, Mean.Count: 3, StandardDeviation.Count: 3 };
        return valid ? manifest : throw new ModelException($"{path}: has values out of range; compile the model again");
    }

    private static int PatchesOf(ModelManifest manifest)
    {
        var grid = manifest.ImageSize / manifest.PatchSize;
        return grid * grid;
    }

    private static ModelManifest Parse(byte[] json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ModelManifestJsonContext.Default.ModelManifest)
                ?? throw new ModelException($"{path}: not a model manifest; compile the model again");
        }
        catch (JsonException exception)
        {
            throw new ModelException($"{path}: not a model manifest (line {exception.LineNumber + 1}); compile the model again", exception);
        }
    }
}

/// <summary>Enums as lower-case names, never numbers: <c>fp32</c>, <c>legacy</c>.</summary>
internal sealed class LowerCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    WriteIndented = true,
    Converters = [typeof(LowerCaseEnumConverter<Precision>), typeof(LowerCaseEnumConverter<ResidualPrecision>), typeof(LowerCaseEnumConverter<PositionEmbeddingMode>)])]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ModelManifestJsonContext : JsonSerializerContext;
