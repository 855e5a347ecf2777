using System.Globalization;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Repository;

/// <summary>The giant has 4.5 GB: a load hashes them once, whether the model is compiled now or was before.</summary>
public sealed class HashOnceTests : IDisposable
{
    private const string Io = "/proc/thread-self/io";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _checkpoint;
    private readonly string _weights;

    public HashOnceTests()
    {
        _checkpoint = Path.Combine(_directory.Path, "models", "nano");
        _weights = Path.Combine(_checkpoint, "model.safetensors");
        RandomCheckpoint.Write("nano", _checkpoint, seed: 0, registers: false, Cancellation);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_load_reads_the_weights_once_to_hash_them_and_once_to_compile_them()
    {
        Assert.SkipUnless(File.Exists(Io), "the system does not count the bytes that a thread reads");
        // The first use of code reads assemblies.
        Load();
        File.Delete(Path.Combine(Load(), "model.json"));

        Assert.Equal(2.0, ReadsOfTheWeights(() => Load()), 0.1);
        Assert.Equal(1.0, ReadsOfTheWeights(() => Load()), 0.1);

        // Another checkpoint in its place: the old model does not fit, and the hash that showed it serves the new one.
        ChangeWeights();
        Assert.Equal(2.0, ReadsOfTheWeights(() => Load()), 0.1);
    }

    [Fact]
    public void The_command_that_compiles_does_the_same()
    {
        Assert.SkipUnless(File.Exists(Io), "the system does not count the bytes that a thread reads");
        var model = Path.Combine(_directory.Path, "compiled");
        Load();

        Assert.Equal(2.0, ReadsOfTheWeights(() => Assert.False(CompiledModel.FindOrCompile(_checkpoint, model, new CompileOptions(), Cancellation).WasThere)), 0.1);
        Assert.Equal(1.0, ReadsOfTheWeights(() => Assert.True(CompiledModel.FindOrCompile(_checkpoint, model, new CompileOptions(), Cancellation).WasThere)), 0.1);
    }

    [Fact]
    public void A_model_is_looked_up_and_compiled_under_one_checksum()
    {
        var first = Open(ModelCompiler.Compile).Manifest!.SourceSha256;
        ChangeWeights();
        using var changed = Checkpoint.Open(_checkpoint);
        var expected = changed.ComputeSha256(Cancellation);

        // A second hash would see the byte that changes between the two; the time of the file does not show it.
        var second = Open((checkpoint, directory, options, cancellationToken) =>
        {
            var written = File.GetLastWriteTimeUtc(_weights);
            ChangeWeights();
            File.SetLastWriteTimeUtc(_weights, written);
            return ModelCompiler.Compile(checkpoint, directory, options, cancellationToken);
        });

        Assert.NotEqual(first, expected);
        Assert.Equal(expected, second.Manifest!.SourceSha256);
    }

    [Fact]
    public void Weights_that_change_between_hashing_and_compiling_make_no_model()
    {
        var error = Assert.Throws<ModelException>(() => Open((checkpoint, directory, options, cancellationToken) =>
        {
            checkpoint.ComputeSha256(cancellationToken);
            ChangeWeights();
            File.SetLastWriteTimeUtc(_weights, DateTime.UnixEpoch);
            return ModelCompiler.Compile(checkpoint, directory, options, cancellationToken);
        }));

        Assert.Contains("model.safetensors: was changed while it was read", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_checkpoint, "compiled")));
    }

    [Fact]
    public void Weights_that_change_after_compiling_make_another_version()
    {
        var before = Open(ModelCompiler.Compile);
        var checksum = ModelChecksum.Compute(before, Cancellation);
        ChangeWeights();

        Assert.NotEqual(checksum, ModelChecksum.Compute(Open(ModelCompiler.Compile), Cancellation));
    }

    // Loads as a silo does, with the model's version.
    private string Load()
    {
        var files = Open(ModelCompiler.Compile);
        ModelChecksum.Compute(files, Cancellation);
        return Path.GetDirectoryName(files.OnnxPath)!;
    }

    private ModelFiles Open(CompileModel compile) =>
        new ModelRepository(Path.GetDirectoryName(_checkpoint)!, _directory.Path, compile).Open("nano", new CompileOptions(), Cancellation);

    // Flips a bit of the last weight.
    private void ChangeWeights()
    {
        using var file = new FileStream(_weights, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = file.Length - 1;
        var last = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(last ^ 1));
    }

    private double ReadsOfTheWeights(Action action)
    {
        var before = BytesRead();
        action();
        return (BytesRead() - before) / (double)new FileInfo(_weights).Length;
    }

    // The kernel's count for this thread alone: other tests run at the same time.
    private static long BytesRead()
    {
        const string Key = "rchar: ";
        return long.Parse(File.ReadLines(Io).First(line => line.StartsWith(Key, StringComparison.Ordinal))[Key.Length..], CultureInfo.InvariantCulture);
    }
}
