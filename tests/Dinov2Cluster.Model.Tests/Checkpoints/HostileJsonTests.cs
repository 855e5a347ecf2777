using CsCheck;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Tests.Compiler;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

/// <summary>Whatever bytes the JSON files hold, readers succeed or throw a <see cref="ModelException"/> that names the file.</summary>
public sealed class HostileJsonTests
{
    private static readonly byte[] _invalidUtf8 = [(byte)'"', 0xC3, 0x28, (byte)'"'];

    [Fact]
    public void Flipped_bytes_of_a_config() =>
        Flip(File.ReadAllBytes(Path.Combine(GoldenData.Checkpoint("dinov2-nano-registers"), "config.json")), json => Dinov2ConfigReader.Parse(json, "file"));

    [Fact]
    public void Flipped_bytes_of_a_preprocessor_config() =>
        Flip(File.ReadAllBytes(Path.Combine(GoldenData.Checkpoint("dinov2-nano"), "preprocessor_config.json")), json => PreprocessorConfigReader.Parse(json, "file"));

    [Fact]
    public void Flipped_bytes_of_an_index_of_shards()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "config.json"), CheckpointBuilder.Config);
        File.WriteAllBytes(Path.Combine(directory.Path, "s.safetensors"), new CheckpointBuilder().Add("a", [1], 1f).ToBytes());
        var path = Path.Combine(directory.Path, "model.safetensors.index.json");

        Flip(
            """{"metadata":{"total_size":4},"weight_map":{"a":"s.safetensors"}}"""u8.ToArray(),
            json =>
            {
                File.WriteAllBytes(path, json);
                Checkpoint.Open(directory.Path).Dispose();
            });
    }

    [Fact]
    public void Flipped_bytes_of_a_manifest()
    {
        using var directory = new TemporaryDirectory();
        ModelManifestFile.Write(directory.Path, Manifests.Create("nano", "abc"));
        var path = Path.Combine(directory.Path, "model.json");

        Flip(
            File.ReadAllBytes(path),
            json =>
            {
                File.WriteAllBytes(path, json);
                ModelManifestFile.Read(directory.Path);
            });
    }

    private static void Flip(byte[] json, Action<byte[]> parse)
    {
        var changes = Gen.Select(Gen.Int[0, json.Length - 1], Gen.OneOf(Gen.Byte.Array[1], Gen.Const(_invalidUtf8))).Array[1, 3];

        changes.Sample(
            edits =>
            {
                var broken = json.ToArray();
                foreach (var (position, bytes) in edits)
                {
                    bytes.AsSpan(0, Math.Min(bytes.Length, broken.Length - position)).CopyTo(broken.AsSpan(position));
                }

                try
                {
                    parse(broken);
                }
                catch (ModelException exception)
                {
                    Assert.DoesNotContain('\n', exception.Message);
                }
            },
            seed: "0000000000000",
            iter: 2000,
            threads: 1);
    }
}
