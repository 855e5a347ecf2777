using System.Text.Json;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

public sealed class WeightFilesTests
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    [Fact]
    public void Shards_read_like_one_file()
    {
        using var directory = Sharded(new() { ["a"] = First, ["b"] = Second });
        using var checkpoint = Checkpoint.Open(directory.Path);
        var a = new float[2];
        var b = new float[1];

        checkpoint.Read("a", [2], a);
        checkpoint.Read("b", [1], b);

        Assert.Equal([1f, 2f], a);
        Assert.Equal([3f], b);
    }

    [Fact]
    public void Every_shard_and_the_index_count_in_the_checksum()
    {
        var map = new Dictionary<string, string> { ["a"] = First, ["b"] = Second };
        using var directory = Sharded(map);
        var hashes = new HashSet<string> { Hash(directory) };

        foreach (var name in (string[])["config.json", First, Second])
        {
            var path = Path.Combine(directory.Path, name);
            var content = File.ReadAllBytes(path);
            // White space in the configuration, the last weight in a shard.
            File.WriteAllBytes(path, name == "config.json" ? [.. content, (byte)' '] : [.. content[..^1], (byte)(content[^1] ^ 1)]);
            Assert.True(hashes.Add(Hash(directory)), name);
        }

        File.AppendAllText(Path.Combine(directory.Path, "model.safetensors.index.json"), "\n");
        Assert.True(hashes.Add(Hash(directory)));
    }

    [Theory]
    [InlineData("../secret.safetensors")]
    [InlineData("/etc/secret.safetensors")]
    [InlineData("sub/shard.safetensors")]
    [InlineData("sub\\shard.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData(".safetensors")]
    [InlineData("shard.bin")]
    [InlineData("a\0.safetensors")]
    public void A_shard_name_that_is_not_a_plain_file_name_is_refused(string name)
    {
        using var directory = Sharded(new() { ["a"] = name });

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.Contains("model.safetensors.index.json: weight_map names the file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_not_in_its_shard_is_named_with_the_shard()
    {
        using var directory = Sharded(new() { ["a"] = First, ["b"] = First });

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.Contains($"{First}: tensor 'b' is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_is_not_there_is_named()
    {
        using var directory = Sharded(new() { ["a"] = "model-00003-of-00003.safetensors" });

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.Contains("model-00003-of-00003.safetensors: no such file", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":{}}""")]
    [InlineData("""{"weight_map":{"a":null}}""")]
    [InlineData("""{"weight_map":{"a":1}}""")]
    [InlineData("""{"weight_map":["a"]}""")]
    [InlineData("""{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}""")]
    public void An_index_without_a_sound_weight_map_is_refused(string json)
    {
        using var directory = Sharded([]);
        File.WriteAllText(Path.Combine(directory.Path, "model.safetensors.index.json"), json);

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.Contains("model.safetensors.index.json: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tensor_is_blamed_on_the_index()
    {
        using var directory = Sharded(new() { ["a"] = First });
        using var checkpoint = Checkpoint.Open(directory.Path);

        var error = Assert.Throws<ModelException>(() => checkpoint.Read("b", [1], new float[1]));

        Assert.Contains("model.safetensors.index.json: tensor 'b' is missing", error.Message, StringComparison.Ordinal);
    }

    private static TemporaryDirectory Sharded(Dictionary<string, string> map)
    {
        var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "config.json"), CheckpointBuilder.Config);
        File.WriteAllBytes(Path.Combine(directory.Path, First), new CheckpointBuilder().Add("a", [2], 1f, 2f).ToBytes());
        File.WriteAllBytes(Path.Combine(directory.Path, Second), new CheckpointBuilder().Add("b", [1], 3f).ToBytes());
        File.WriteAllText(Path.Combine(directory.Path, "model.safetensors.index.json"), JsonSerializer.Serialize(new { metadata = new { total_size = 12 }, weight_map = map }));
        return directory;
    }

    private static string Hash(TemporaryDirectory directory)
    {
        using var checkpoint = Checkpoint.Open(directory.Path);
        return checkpoint.ComputeSha256(TestContext.Current.CancellationToken);
    }
}
