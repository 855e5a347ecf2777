using System.Security.Cryptography;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Compiler.Onnx;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Model.Tests.Compiler;
using Google.Protobuf;

namespace Dinov2Cluster.Model.Tests.Repository;

public sealed class ModelChecksumTests : IDisposable
{
    private readonly RepositoryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_compiled_model_is_named_by_its_manifest()
    {
        var first = Compiled("a", Manifests.Create("m", "1"));
        var same = Compiled("b", Manifests.Create("m", "1"));
        var otherWeights = Compiled("c", Manifests.Create("m", "2"));
        var otherOptions = Compiled("d", Manifests.Create("m", "1") with { ImageSize = 518 });

        Assert.Matches("^[0-9a-f]{64}$", first);
        Assert.Equal(first, same);
        Assert.Equal(3, new[] { first, otherWeights, otherOptions }.Distinct().Count());
    }

    [Fact]
    public void An_export_is_named_by_its_graph_and_by_the_files_that_hold_its_weights()
    {
        var directory = _fixture.Add("foreign");
        Write(directory, Graph("w.bin", "sub/v.bin", "w.bin"));
        Directory.CreateDirectory(Path.Combine(directory, "sub"));
        Change("w.bin");
        Change("sub/v.bin");
        var seen = new HashSet<string> { Checksum(directory) };

        Change("w.bin");
        Assert.True(seen.Add(Checksum(directory)));
        Change("sub/v.bin");
        Assert.True(seen.Add(Checksum(directory)));
        Change("README.md");
        Assert.False(seen.Add(Checksum(directory)));
        Write(directory, Graph("w.bin", "sub/v.bin"));
        Assert.True(seen.Add(Checksum(directory)));

        void Change(string file) => File.AppendAllText(Path.Combine(directory, file), "x");
    }

    [Fact]
    public void Bytes_that_move_from_one_file_to_the_next_make_another_model()
    {
        var first = Foreign("a", Graph("1", "2"), ("1", "ab"), ("2", "c"));
        var second = Foreign("b", Graph("1", "2"), ("1", "a"), ("2", "bc"));

        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Weights_inside_the_graph_count()
    {
        var first = Graph();
        first.Graph.Initializer.Add(new TensorProto { RawData = ByteString.CopyFromUtf8("one") });
        var second = Graph();
        second.Graph.Initializer.Add(new TensorProto { RawData = ByteString.CopyFromUtf8("two") });

        Assert.NotEqual(Foreign("a", first), Foreign("b", second));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/../../secret")]
    [InlineData("a\0b")]
    public void An_export_that_keeps_weights_elsewhere_is_refused(string location)
    {
        var error = Assert.Throws<ModelException>(() => Foreign("a", Graph(location)));

        Assert.Contains("outside its directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<ModelException>(() => Foreign("a", Graph("gone.bin")));

        Assert.EndsWith("gone.bin: no such file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_graph_is_still_a_file()
    {
        var directory = _fixture.Add("a");
        File.WriteAllText(Path.Combine(directory, "model.onnx"), "not a model");

        byte[] bytes = [.. BitConverter.GetBytes(11L), .. "not a model"u8];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), Checksum(directory));
    }

    [Fact]
    public void A_canceled_reading_stops()
    {
        var directory = _fixture.Add("a");
        Write(directory, Graph());

        Assert.Throws<OperationCanceledException>(() => ModelChecksum.Compute(new ModelFiles("a", Path.Combine(directory, "model.onnx"), null), new CancellationToken(canceled: true)));
    }

    private string Compiled(string name, ModelManifest manifest)
    {
        var directory = _fixture.Add(name, "model.onnx");
        ModelManifestFile.Write(directory, manifest);
        return Checksum(directory, manifest);
    }

    private string Foreign(string name, ModelProto model, params (string Name, string Text)[] files)
    {
        var directory = _fixture.Add(name);
        Write(directory, model);
        foreach (var (file, text) in files)
        {
            File.WriteAllText(Path.Combine(directory, file), text);
        }

        return Checksum(directory);
    }

    private static string Checksum(string directory, ModelManifest? manifest = null) =>
        ModelChecksum.Compute(new ModelFiles("m", Path.Combine(directory, "model.onnx"), manifest), TestContext.Current.CancellationToken);

    private static void Write(string directory, ModelProto model) => File.WriteAllBytes(Path.Combine(directory, "model.onnx"), model.ToByteArray());

    private static ModelProto Graph(params string[] locations)
    {
        var graph = new GraphProto { Name = "g" };
        graph.Initializer.AddRange(locations.Select(location => new TensorProto
        {
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { new StringStringEntryProto { Key = "offset", Value = "0" }, new StringStringEntryProto { Key = "location", Value = location } },
        }));
        return new ModelProto { IrVersion = 10, Graph = graph };
    }
}
