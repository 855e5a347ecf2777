using System.Text.Json;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Hub;
using Dinov2Cluster.Cli.Terminal;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Cli.Models;

/// <summary>All metadata of a checkpoint or model directory, and its checksums.</summary>
internal static class ModelDescription
{
    /// <summary>Reads a directory completely: takes seconds per gigabyte.</summary>
    /// <exception cref="Model.ModelException">It is damaged.</exception>
    /// <exception cref="CommandException">It is not a model.</exception>
    public static async Task<JsonObject> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(directory))
        {
            throw new CommandException($"{path}: there is no such directory");
        }

        var kind = ModelDirectory.KindOf(directory) ?? throw new CommandException($"{path} is not a model: it {ModelDirectory.WhyNoModel(directory)}");
        var description = new JsonObject { ["name"] = Path.GetFileName(directory), ["kind"] = kind.ToString().ToLowerInvariant() };
        if (kind == ModelKind.Checkpoint)
        {
            Describe(description, directory, cancellationToken);
        }
        else
        {
            description["sha256"] = ModelChecksum.Compute(ModelDirectory.OpenCompiled(directory), cancellationToken);
            if (kind == ModelKind.Compiled)
            {
                description["manifest"] = ReadJson(Path.Combine(directory, ModelManifest.FileName));
            }
        }

        description["bytes"] = DiskUsage.Of(directory);
        description["files"] = await FilesAsync(directory, cancellationToken);
        return description;
    }

    private static void Describe(JsonObject description, string directory, CancellationToken cancellationToken)
    {
        using var checkpoint = Checkpoint.Open(directory);
        var tensors = checkpoint.Tensors;
        description["sha256"] = checkpoint.ComputeSha256(cancellationToken);
        description["randomWeights"] = checkpoint.RandomWeights;
        description["parameters"] = tensors.Sum(tensor => tensor.Elements);
        description["config"] = ReadJson(Path.Combine(directory, CheckpointLayout.Config));
        var preprocessing = checkpoint.Preprocessing;
        description["preprocessing"] = new JsonObject
        {
            ["shortestEdge"] = preprocessing.ShortestEdge,
            ["cropSize"] = preprocessing.CropSize,
            ["rescaleFactor"] = preprocessing.RescaleFactor,
            ["mean"] = new JsonArray([.. preprocessing.Mean.Select(value => (JsonNode)value)]),
            ["standardDeviation"] = new JsonArray([.. preprocessing.StandardDeviation.Select(value => (JsonNode)value)]),
        };
        description["tensors"] = new JsonArray([.. tensors.Select(tensor => new JsonObject
        {
            ["name"] = tensor.Name,
            ["type"] = tensor.Type,
            ["shape"] = new JsonArray([.. tensor.Shape.Select(value => (JsonNode)value)]),
            ["file"] = tensor.File,
        })]);
    }

    private static JsonNode? ReadJson(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            throw new CommandException($"{path} is not valid JSON with unique names; download it again", exception);
        }
    }

    private static async Task<JsonArray> FilesAsync(string directory, CancellationToken cancellationToken)
    {
        var files = new JsonArray();
        foreach (var path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
        {
            files.Add((JsonNode)new JsonObject
            {
                ["name"] = Path.GetFileName(path),
                ["bytes"] = new FileInfo(path).Length,
                ["sha256"] = await FileDigest.ComputeAsync(path, gitBlob: false, cancellationToken),
            });
        }

        return files;
    }
}

internal static class DiskUsage
{
    private static readonly EnumerationOptions _recursive = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Bytes of all files in a directory and its subdirectories; links are not followed.</summary>
    public static long Of(string directory) => new DirectoryInfo(directory).EnumerateFiles("*", _recursive).Sum(file => file.Length);
}
