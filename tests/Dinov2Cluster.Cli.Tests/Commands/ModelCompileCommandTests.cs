using System.Text.Json;
using Dinov2Cluster.Cli.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cli.Tests.Commands;

public sealed class ModelCompileCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("dinov2-nano", "fp32", "legacy", 224)]
    [InlineData("dinov2-nano-registers", "fp32", "antialias", 224)]
    [InlineData("dinov2-nano", "int8", "size", 112, "--precision", "int8", "--position-embedding", "size", "--image-size", "112")]
    public async Task It_compiles_a_checkpoint_with_the_given_options(string checkpoint, string precision, string position, int imageSize, params string[] options)
    {
        var path = _directory["model"];

        var run = await CommandLineRun.StartAsync(["model", "compile", GoldenData.Checkpoint(checkpoint), "--output", path, .. options]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal($"{path}: {checkpoint}, 128 features, {precision}, {position} positions, {imageSize} pixels{Environment.NewLine}", run.Output);
        using var manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(path, "model.json"), TestContext.Current.CancellationToken));
        Assert.Equal(precision, manifest.RootElement.GetProperty("precision").GetString());
        Assert.Equal(position, manifest.RootElement.GetProperty("positionEmbedding").GetString());
        Assert.Equal(imageSize, manifest.RootElement.GetProperty("imageSize").GetInt32());
        Assert.True(File.Exists(Path.Combine(path, "model.onnx")));
    }

    [Theory]
    [InlineData("224", 256)]
    [InlineData("112", 64)]
    public async Task Patch_tokens_are_compiled_when_asked_for(string imageSize, int patchTokens)
    {
        string[] options = ["--patch-tokens", "--image-size", imageSize];

        var run = await CommandLineRun.StartAsync(["model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory["model"], .. options]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.EndsWith($", {imageSize} pixels, {patchTokens} patch tokens{Environment.NewLine}", run.Output, StringComparison.Ordinal);
        using var manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_directory["model"], "model.json"), TestContext.Current.CancellationToken));
        Assert.Equal(patchTokens, manifest.RootElement.GetProperty("patchTokens").GetInt32());
    }

    [Fact]
    public async Task A_residual_stream_in_fp16_is_compiled_when_asked_for()
    {
        string[] options = ["--precision", "fp16", "--residual", "fp16"];

        var run = await CommandLineRun.StartAsync(["model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory["model"], .. options]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(", fp16 with a residual stream in fp16, legacy positions", run.Output, StringComparison.Ordinal);
        var inspected = await CommandLineRun.StartAsync("model", "inspect", _directory["model"]);
        Assert.Matches(@"(?m)^manifest\.residual +fp16 *$", inspected.Output);
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("fp32", "--precision", "fp32")]
    [InlineData("int8", "--precision", "int8")]
    public async Task A_residual_stream_narrower_than_the_weights_is_refused(string precision, params string[] options)
    {
        var run = await CommandLineRun.StartAsync(
            ["model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory["model"], "--residual", "fp16", .. options]);

        run.AssertFailed($"a residual stream in fp16 needs precision fp16, and this is {precision}");
        Assert.False(Directory.Exists(_directory["model"]));
    }

    [Fact]
    public async Task Random_weights_are_said_to_mean_nothing()
    {
        await CommandLineRun.StartAsync("model", "random", "nano", "--output", _directory["random"]);

        var run = await CommandLineRun.StartAsync("model", "compile", _directory["random"], "--output", _directory["model"]);

        Assert.Contains("random weights, its features mean nothing", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_there_is_named() =>
        (await CommandLineRun.StartAsync("model", "compile", _directory["absent"], "--output", _directory["model"])).AssertFailed("absent: no such directory");

    [Fact]
    public async Task A_damaged_checkpoint_leaves_no_model()
    {
        await CommandLineRun.StartAsync("model", "random", "nano", "--output", _directory["random"]);
        await File.WriteAllTextAsync(Path.Combine(_directory["random"], "model.safetensors"), "damaged weights", TestContext.Current.CancellationToken);

        var run = await CommandLineRun.StartAsync("model", "compile", _directory["random"], "--output", _directory["model"]);

        run.AssertFailed("model.safetensors: ");
        Assert.Equal([_directory["random"]], Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task An_output_in_use_is_refused()
    {
        await File.WriteAllTextAsync(_directory["mine"], "", TestContext.Current.CancellationToken);

        var run = await CommandLineRun.StartAsync("model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory.Path);

        run.AssertFailed(_directory.Path);
        Assert.Equal([_directory["mine"]], Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_second_run_finds_what_the_first_one_made()
    {
        string[] command = ["model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory["model"]];
        var first = await CommandLineRun.StartAsync(command);
        var written = File.GetLastWriteTimeUtc(Path.Combine(_directory["model"], "model.onnx"));

        var second = await CommandLineRun.StartAsync(command);

        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        Assert.Equal(first.Output.TrimEnd() + ", was there already", second.Output.TrimEnd());
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(_directory["model"], "model.onnx")));
    }

    [Theory]
    [InlineData("dinov2-nano", "--precision", "int8")]
    [InlineData("dinov2-nano", "--precision", "fp16", "--residual", "fp16")]
    [InlineData("dinov2-nano", "--patch-tokens")]
    [InlineData("dinov2-nano-registers")]
    public async Task A_model_of_another_checkpoint_or_of_other_options_is_not_replaced(string checkpoint, params string[] options)
    {
        await CommandLineRun.StartAsync("model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory["model"]);
        var manifest = await File.ReadAllTextAsync(Path.Combine(_directory["model"], "model.json"), TestContext.Current.CancellationToken);

        var run = await CommandLineRun.StartAsync(["model", "compile", GoldenData.Checkpoint(checkpoint), "--output", _directory["model"], .. options]);

        run.AssertFailed("not an empty directory");
        Assert.Equal(manifest, await File.ReadAllTextAsync(Path.Combine(_directory["model"], "model.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_crop_that_is_no_multiple_of_the_patch_is_refused() =>
        (await CommandLineRun.StartAsync("model", "compile", GoldenData.Checkpoint("dinov2-nano"), "--output", _directory["model"], "--image-size", "225")).AssertFailed("225");
}
