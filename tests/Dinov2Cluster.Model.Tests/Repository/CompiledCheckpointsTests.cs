using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Files;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Model.Tests.Repository;

public sealed class CompiledCheckpointsTests : IDisposable
{
    private static readonly CompileOptions _narrow = new() { Precision = Precision.Fp16, Residual = ResidualPrecision.Fp16 };

    private readonly RepositoryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_checkpoint_is_compiled_once_beside_its_weights()
    {
        var directory = _fixture.AddCheckpoint("nano");

        var first = _fixture.Open("nano");
        var second = _fixture.Open("nano");

        Assert.Equal(Path.Combine(directory, "compiled", "fp32-legacy-224", "model.onnx"), first.OnnxPath);
        Assert.Equal("nano", first.Manifest?.Name);
        Assert.Equal(first.OnnxPath, second.OnnxPath);
        Assert.Equal(first.Manifest?.SourceSha256, second.Manifest?.SourceSha256);
        Assert.Equal(1, _fixture.Compiler.Calls);
        Assert.Equal(ModelKind.Checkpoint, Assert.Single(_fixture.Repository.List().Models).Kind);
    }

    [Fact]
    public void A_changed_checkpoint_is_compiled_again()
    {
        _fixture.AddCheckpoint("nano", weight: 1);
        var before = _fixture.Open("nano");
        var old = File.ReadAllText(before.OnnxPath);
        _fixture.AddCheckpoint("nano", weight: 2);

        var after = _fixture.Open("nano");

        Assert.Equal(2, _fixture.Compiler.Calls);
        Assert.NotEqual(before.Manifest?.SourceSha256, after.Manifest?.SourceSha256);
        Assert.NotEqual(old, File.ReadAllText(after.OnnxPath));
        Assert.Equal(["fp32-legacy-224"], Folders("nano"));
    }

    [Fact]
    public void Other_options_do_not_displace_one_another()
    {
        _fixture.AddCheckpoint("nano");

        for (var round = 0; round < 2; round++)
        {
            _fixture.Open("nano");
            _fixture.Open("nano", new CompileOptions { Precision = Precision.Int8 });
            _fixture.Open("nano", new CompileOptions { PositionEmbedding = PositionEmbeddingMode.Size, ImageSize = 518 });
            _fixture.Open("nano", new CompileOptions { PositionEmbedding = PositionEmbeddingMode.Legacy });
        }

        Assert.Equal(3, _fixture.Compiler.Calls);
        Assert.Equal(["fp32-legacy-224", "fp32-size-518", "int8-legacy-224"], Folders("nano"));
    }

    [Fact]
    public void Models_with_and_without_patch_tokens_are_kept_apart()
    {
        _fixture.AddCheckpoint("nano");

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(0, _fixture.Open("nano").Manifest?.PatchTokens);
            Assert.Equal(256, _fixture.Open("nano", new CompileOptions { PatchTokens = true }).Manifest?.PatchTokens);
        }

        Assert.Equal(2, _fixture.Compiler.Calls);
        Assert.Equal(["fp32-legacy-224", "fp32-legacy-224-patch-tokens"], Folders("nano"));
    }

    [Fact]
    public void Models_with_both_precisions_of_the_residual_stream_are_kept_apart()
    {
        _fixture.AddCheckpoint("nano");

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(ResidualPrecision.Fp32, _fixture.Open("nano", new CompileOptions { Precision = Precision.Fp16 }).Manifest?.Residual);
            Assert.Equal(ResidualPrecision.Fp16, _fixture.Open("nano", _narrow).Manifest?.Residual);
        }

        Assert.Equal(2, _fixture.Compiler.Calls);
        Assert.Equal(["fp16-legacy-224", "fp16-residual-fp16-legacy-224"], Folders("nano"));
    }

    [Fact]
    public void A_model_with_the_other_residual_stream_is_made_again()
    {
        _fixture.AddCheckpoint("nano");
        var wide = Path.GetDirectoryName(_fixture.Open("nano", new CompileOptions { Precision = Precision.Fp16 }).OnnxPath)!;
        Directory.Move(wide, Path.Combine(Path.GetDirectoryName(wide)!, "fp16-residual-fp16-legacy-224"));

        Assert.Equal(ResidualPrecision.Fp16, _fixture.Open("nano", _narrow).Manifest?.Residual);

        Assert.Equal(2, _fixture.Compiler.Calls);
    }

    [Fact]
    public void A_model_in_the_other_one_s_place_is_made_again()
    {
        _fixture.AddCheckpoint("nano");
        var without = Path.GetDirectoryName(_fixture.Open("nano").OnnxPath)!;
        Directory.Move(without, without + "-patch-tokens");

        Assert.Equal(256, _fixture.Open("nano", new CompileOptions { PatchTokens = true }).Manifest?.PatchTokens);

        Assert.Equal(2, _fixture.Compiler.Calls);
    }

    [Fact]
    public void Register_checkpoints_default_to_antialiased_positions()
    {
        _fixture.AddCheckpoint("registers", config: """{"model_type": "dinov2_with_registers"}""");

        Assert.Equal(PositionEmbeddingMode.Antialias, _fixture.Open("registers").Manifest?.PositionEmbedding);
    }

    [Fact]
    public void A_damaged_compiled_model_is_made_again()
    {
        _fixture.AddCheckpoint("nano");
        var files = _fixture.Open("nano");
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(files.OnnxPath)!, "model.json"), "{");

        _fixture.Open("nano");
        File.Delete(files.OnnxPath);
        _fixture.Open("nano");

        Assert.Equal(3, _fixture.Compiler.Calls);
    }

    [Fact]
    public void Where_the_repository_can_not_be_written_the_cache_is_used()
    {
        // A file in the directory's place refuses writers, root included.
        File.WriteAllText(Path.Combine(_fixture.AddCheckpoint("nano"), "compiled"), "");

        var first = _fixture.Open("nano");
        var second = _fixture.Open("nano");

        Assert.StartsWith(_fixture.Cache, first.OnnxPath, StringComparison.Ordinal);
        Assert.True(File.Exists(first.OnnxPath));
        Assert.Equal(first.OnnxPath, second.OnnxPath);
        Assert.Equal(1, _fixture.Compiler.Calls);
    }

    [Fact]
    public void A_model_compiled_before_the_repository_became_read_only_is_used()
    {
        var directory = _fixture.AddCheckpoint("nano");
        var files = _fixture.Open("nano");
        // A directory in the lock file's place refuses every lock.
        File.Delete(Path.Combine(directory, "compiled", ".lock"));
        Directory.CreateDirectory(Path.Combine(directory, "compiled", ".lock"));

        Assert.Equal(files.OnnxPath, _fixture.Open("nano").OnnxPath);
        Assert.Equal(1, _fixture.Compiler.Calls);
    }

    [Fact]
    public void When_neither_place_can_be_written_the_message_says_so()
    {
        File.WriteAllText(Path.Combine(_fixture.AddCheckpoint("nano"), "compiled"), "");
        File.WriteAllText(_fixture.Cache, "");

        var error = Assert.Throws<ModelException>(() => _fixture.Open("nano"));

        Assert.Contains("can't be written, nor can the model repository", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_compilation_leaves_no_model_and_the_next_one_succeeds()
    {
        _fixture.AddCheckpoint("nano");
        _fixture.Compiler.Halfway = () => throw new ModelException("no");

        Assert.Throws<ModelException>(() => _fixture.Open("nano"));

        Assert.Empty(Folders("nano"));
        _fixture.Compiler.Halfway = () => { };
        Assert.True(File.Exists(_fixture.Open("nano").OnnxPath));
    }

    [Fact]
    public void What_a_killed_compilation_left_is_removed()
    {
        var abandoned = Directory.CreateDirectory(Path.Combine(_fixture.AddCheckpoint("nano"), "compiled", ".fp32-legacy-224.dead.tmp")).FullName;
        File.WriteAllText(Path.Combine(abandoned, "model.onnx.data"), "gigabytes");

        _fixture.Open("nano");

        Assert.False(Directory.Exists(abandoned));
    }

    [Fact]
    public async Task Two_that_open_one_checkpoint_at_once_share_one_compilation()
    {
        _fixture.AddCheckpoint("nano");
        var cancellationToken = TestContext.Current.CancellationToken;
        using var started = new SemaphoreSlim(0);
        using var finish = new SemaphoreSlim(0);
        _fixture.Compiler.Halfway = () =>
        {
            started.Release();
            finish.Wait(cancellationToken);
        };

        var first = Task.Run(() => _fixture.Open("nano"), cancellationToken);
        await started.WaitAsync(cancellationToken);
        var second = Task.Run(() => _fixture.Open("nano"), cancellationToken);
        finish.Release(2);
        var files = await Task.WhenAll(first, second);

        Assert.Equal(files[0].OnnxPath, files[1].OnnxPath);
        Assert.Equal(1, _fixture.Compiler.Calls);
    }

    [Fact]
    public void Waiting_for_another_compilation_can_be_canceled()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_fixture.AddCheckpoint("nano"), "compiled")).FullName;
        using var held = DirectoryLock.Acquire(directory, TestContext.Current.CancellationToken);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var waiting = Task.Run(() => _fixture.Repository.Open("nano", new CompileOptions(), cancellation.Token), TestContext.Current.CancellationToken);

        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
        Assert.Equal(0, _fixture.Compiler.Calls);
    }

    [Fact]
    public void A_damaged_checkpoint_is_reported_not_compiled()
    {
        File.WriteAllText(Path.Combine(_fixture.AddCheckpoint("nano"), "config.json"), """{"model_type": "vit"}""");

        var error = Assert.Throws<ModelException>(() => _fixture.Open("nano"));

        Assert.Contains("model_type 'vit' is not supported", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _fixture.Compiler.Calls);
    }

    private IEnumerable<string> Folders(string name) =>
        Directory.GetDirectories(Path.Combine(_fixture.Path, name, "compiled")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
