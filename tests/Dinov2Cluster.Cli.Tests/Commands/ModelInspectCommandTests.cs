using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Commands;

public sealed class ModelInspectCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_shows_all_of_a_checkpoint()
    {
        var path = GoldenData.Checkpoint("dinov2-nano-registers");

        var json = await JsonAsync(path);

        Assert.Equal(("dinov2-nano-registers", "checkpoint", false), ((string?)json["name"], (string?)json["kind"], (bool)json["randomWeights"]!));
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(checkpoint.ComputeSha256(Token), (string?)json["sha256"]);
        Assert.Equal(4, (int)json["config"]!["num_register_tokens"]!);
        Assert.Equal(224, (int)json["preprocessing"]!["cropSize"]!);
        var tensors = json["tensors"]!.AsArray();
        var registers = Assert.Single(tensors, tensor => (string?)tensor!["name"] == "embeddings.register_tokens")!;
        Assert.Equal("[1,4,128]", registers["shape"]!.ToJsonString());
        Assert.Equal(("F32", "model.safetensors"), ((string?)registers["type"], (string?)registers["file"]));
        Assert.Equal(tensors.Sum(tensor => tensor!["shape"]!.AsArray().Aggregate(1L, (count, side) => count * (long)side!)), (long)json["parameters"]!);
        var file = json["files"]!.AsArray().Single(file => (string?)file!["name"] == "model.safetensors")!;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(path, "model.safetensors"), Token);
        Assert.Equal((bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))), ((long)file["bytes"]!, (string?)file["sha256"]));
    }

    [Fact]
    public async Task It_shows_all_of_a_compiled_model()
    {
        await CommandLineRun.StartAsync("model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory["compiled"]);

        var json = await JsonAsync(_directory["compiled"]);

        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(_directory["compiled/model.json"], Token));
        Assert.Equal("compiled", (string?)json["kind"]);
        Assert.True(JsonNode.DeepEquals(manifest, json["manifest"]));
        Assert.Equal(["model.json", "model.onnx", "model.onnx.data"], json["files"]!.AsArray().Select(file => (string?)file!["name"]));
        Assert.Equal(64, ((string)json["sha256"]!).Length);
    }

    [Fact]
    public async Task People_get_lines_and_tables()
    {
        var run = await CommandLineRun.StartAsync("model", "inspect", GoldenData.Checkpoint("dinov2-nano"), "--tensors");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"(?m)^config\.hidden_size +128 *$", run.Output);
        Assert.Matches(@"(?m)^parameters +\d+ *$", run.Output);
        Assert.Matches(@"(?m)^preprocessing\.mean +\[0\.485, 0\.456, 0\.406\] *$", run.Output);
        Assert.Matches(@"(?m)^ +model\.safetensors +3,393,704 +[0-9a-f]{64} *$", run.Output);
        Assert.Matches(@"(?m)^ +embeddings\.cls_token +F32 +\[1, 1, 128\] +model\.safetensors *$", run.Output);
    }

    [Fact]
    public async Task A_hostile_configuration_moves_no_cursor()
    {
        GoldenData.CopyCheckpoint("dinov2-nano", _directory.Path, "hostile");
        var path = _directory["hostile/config.json"];
        var config = JsonNode.Parse(await File.ReadAllTextAsync(path, Token))!.AsObject();
        config["[red]x\u001b[2J"] = "a\u001b]0;b\u0007\nc";
        await File.WriteAllTextAsync(path, config.ToJsonString(), Token);

        var run = await CommandLineRun.StartAsync("model", "inspect", _directory["hostile"]);

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.Matches(@"(?m)^config\.\[red\]x\?\[2J +a\?\]0;b\?\?c *$", run.Output);
    }

    [Theory]
    [InlineData("none", "there is no such directory")]
    [InlineData("", "is not a model: it has neither model.onnx nor config.json")]
    public async Task What_is_no_model_is_an_error(string name, string expected) =>
        (await CommandLineRun.StartAsync("model", "inspect", _directory[name])).AssertFailed(expected);

    private static async Task<JsonNode> JsonAsync(string path)
    {
        var run = await CommandLineRun.StartAsync("model", "inspect", path, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return JsonNode.Parse(run.Output)!;
    }
}
