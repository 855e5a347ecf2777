using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Commands;

public sealed class ModelListCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_shows_each_model_in_a_row()
    {
        await FillAsync();

        var run = await CommandLineRun.StartAsync("model", "list", "--repository", _directory.Path);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var rows = run.Output.Split('\n').Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        Assert.Contains(["Name", "Kind", "Features", "Precision", "Image size", "Patch tokens", "Size on disk", "Notes"], rows);
        Assert.Contains(["checkpoint", "checkpoint", "128", "-", "224", "-", "3.4 MB"], rows);
        var compiled = Assert.Single(rows, row => row is ["compiled", ..]);
        Assert.Equal(["compiled", "compiled", "128", "int8", "98", "0"], compiled[..6]);
        Assert.Contains(["foreign", "onnx", "-", "-", "-", "-", "1 B"], rows);
        Assert.Contains(rows, row => row is ["random", "checkpoint", "128", "-", "224", "-", "3.4 MB", "random weights: its features mean nothing"]);
        Assert.Contains(rows, row => row is ["damaged", "compiled", "-", "-", "-", "-", _, var notes] && notes.StartsWith("can't be served: ", StringComparison.Ordinal));
        Assert.Contains("not a model: empty has neither model.onnx nor config.json", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_json()
    {
        await FillAsync();

        var run = await CommandLineRun.StartAsync("model", "list", "--repository", _directory.Path, "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal(_directory.Path, (string?)json["repository"]);
        var models = json["models"]!.AsArray().ToDictionary(model => (string)model!["name"]!, model => model!);
        Assert.Equal(["checkpoint", "compiled", "damaged", "foreign", "random"], models.Keys);
        Assert.Equal((128, "int8", 98, 0, false), ((int)models["compiled"]["features"]!, (string?)models["compiled"]["precision"], (int)models["compiled"]["imageSize"]!, (int)models["compiled"]["patchTokens"]!, (bool)models["compiled"]["randomWeights"]!));
        Assert.True((bool)models["random"]["randomWeights"]!);
        Assert.Null(models["checkpoint"]["problem"]);
        Assert.NotNull(models["damaged"]["problem"]);
        Assert.Equal("empty", (string?)json["skipped"]![0]!["name"]);
    }

    [Fact]
    public async Task A_manifest_with_patch_tokens_shows_them()
    {
        await FillAsync();
        var path = _directory["compiled/model.json"];
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(path, Token))!.AsObject();
        manifest["patchTokens"] = 49;
        await File.WriteAllTextAsync(path, manifest.ToJsonString(), Token);

        var run = await CommandLineRun.StartAsync("model", "list", "--repository", _directory.Path, "--json");

        Assert.Equal(49, (int)JsonNode.Parse(run.Output)!["models"]![1]!["patchTokens"]!);
    }

    [Fact]
    public async Task An_empty_repository_is_said()
    {
        var run = await CommandLineRun.StartAsync("model", "list", "--repository", _directory.Path);

        Assert.Equal((0, $"{_directory.Path} has no models{Environment.NewLine}"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_an_error() =>
        (await CommandLineRun.StartAsync("model", "list", "--repository", _directory["none"])).AssertFailed("no such directory; a model repository has one subdirectory per model");

    private async Task FillAsync()
    {
        GoldenData.CopyCheckpoint("dinov2-nano", _directory.Path, "checkpoint");
        Assert.Equal(0, (await CommandLineRun.StartAsync("model", "random", "nano", "--output", _directory["random"])).ExitCode);
        var compiled = await CommandLineRun.StartAsync("model", "compile", _directory["checkpoint"], "--output", _directory["compiled"], "--precision", "int8", "--image-size", "98");
        Assert.Equal(0, compiled.ExitCode);
        foreach (var name in (string[])["damaged", "empty", "foreign"])
        {
            Directory.CreateDirectory(_directory[name]);
        }

        await File.WriteAllTextAsync(_directory["foreign/model.onnx"], "x", Token);
        await File.WriteAllTextAsync(_directory["damaged/model.onnx"], "x", Token);
        await File.WriteAllTextAsync(_directory["damaged/model.json"], "{", Token);
    }
}
