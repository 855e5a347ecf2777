using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

public sealed class CheckpointTests
{
    [Theory]
    [InlineData("dinov2-nano", 3, false, 0)]
    [InlineData("dinov2-nano-swiglu", 4, true, 0)]
    [InlineData("dinov2-nano-registers", 2, false, 4)]
    public void Golden_checkpoints_open(string name, int layers, bool swiGlu, int registers)
    {
        using var checkpoint = Checkpoint.Open(GoldenData.Checkpoint(name));

        Assert.Equal(name, checkpoint.Name);
        Assert.False(checkpoint.RandomWeights);
        Assert.Equal(
            new Dinov2Config
            {
                HiddenSize = 128,
                Layers = layers,
                Heads = 2,
                PatchSize = 14,
                ImageSize = 518,
                MlpRatio = 4,
                UseSwiGlu = swiGlu,
                QkvBias = true,
                LayerNormEpsilon = 1e-6f,
                RegisterTokens = registers,
            },
            checkpoint.Config);
        Assert.Equal(256, checkpoint.Preprocessing.ShortestEdge);
        Assert.Equal(224, checkpoint.Preprocessing.CropSize);
        Assert.Equal(new PreprocessorConfig().Mean, checkpoint.Preprocessing.Mean);
    }

    [Fact]
    public void A_tensor_is_read_to_the_bit()
    {
        var directory = GoldenData.Checkpoint("dinov2-nano");
        using var checkpoint = Checkpoint.Open(directory);
        var values = new float[128];

        checkpoint.Read("layernorm.bias", [128], values);

        // The last tensor of the file.
        var file = File.ReadAllBytes(Path.Combine(directory, "model.safetensors"));
        Assert.Equal(MemoryMarshal.Cast<byte, float>(file.AsSpan(file.Length - 512)).ToArray(), values);
    }

    [Fact]
    public void A_missing_tensor_is_named_with_its_file()
    {
        using var checkpoint = Checkpoint.Open(GoldenData.Checkpoint("dinov2-nano"));

        var error = Assert.Throws<ModelException>(() => checkpoint.Read("encoder.layer.9.norm1.weight", [128], new float[128]));

        Assert.False(checkpoint.Contains("encoder.layer.9.norm1.weight"));
        Assert.Contains("model.safetensors: tensor 'encoder.layer.9.norm1.weight' is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misshapen_tensor_is_named_with_both_shapes()
    {
        using var checkpoint = Checkpoint.Open(GoldenData.Checkpoint("dinov2-nano"));

        var error = Assert.Throws<ModelException>(() => checkpoint.Read("layernorm.weight", [2, 64], new float[128]));

        Assert.Contains("tensor 'layernorm.weight' has shape [128], but config.json asks for [2, 64]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dinov2.")]
    [InlineData("dinov2_with_registers.")]
    public void The_prefix_of_a_classification_head_is_accepted(string prefix)
    {
        using var directory = new CheckpointBuilder()
            .Add(prefix + "embeddings.cls_token", [1, 1, 2], 1f, 2f)
            .Add("classifier.bias", [1], 3f)
            .Build();
        using var checkpoint = Checkpoint.Open(directory.Path);
        var values = new float[2];

        checkpoint.Read("embeddings.cls_token", [1, 1, 2], values);

        Assert.Equal([1f, 2f], values);
        Assert.False(checkpoint.Contains("classifier.bias"));
    }

    [Fact]
    public void Other_element_types_are_refused_only_when_read()
    {
        using var directory = new CheckpointBuilder().AddRaw("counts", "I64", [1], new byte[8]).Build();
        using var checkpoint = Checkpoint.Open(directory.Path);

        var error = Assert.Throws<ModelException>(() => checkpoint.Read("counts", [1], new float[1]));

        Assert.Contains("model.safetensors: tensor 'counts' is I64; only F32, F16 and BF16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_after_it_was_opened_is_an_error_not_zeros()
    {
        using var directory = new CheckpointBuilder().Add("a", [2], 1f, 2f).Build();
        using var checkpoint = Checkpoint.Open(directory.Path);
        var path = Path.Combine(directory.Path, "model.safetensors");
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 4);
        }

        var error = Assert.Throws<ModelException>(() => checkpoint.Read("a", [2], new float[2]));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_checksum_is_what_the_documentation_says()
    {
        using var directory = new CheckpointBuilder().Add("a", [1], 1f).Build();
        using var checkpoint = Checkpoint.Open(directory.Path);
        using var expected = new MemoryStream();
        var length = new byte[8];
        foreach (var name in (string[])["config.json", "model.safetensors"])
        {
            var content = File.ReadAllBytes(Path.Combine(directory.Path, name));
            BinaryPrimitives.WriteInt64LittleEndian(length, content.Length);
            expected.Write(Encoding.UTF8.GetBytes(name + "\0"));
            expected.Write(length);
            expected.Write(content);
        }

        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(expected.ToArray())),
            checkpoint.ComputeSha256(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_checksum_stops_when_it_is_canceled()
    {
        using var checkpoint = Checkpoint.Open(GoldenData.Checkpoint("dinov2-nano"));

        Assert.Throws<OperationCanceledException>(() => checkpoint.ComputeSha256(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_directory_that_is_not_there_is_named()
    {
        var error = Assert.Throws<ModelException>(() => Checkpoint.Open("/no/such/place"));

        Assert.Equal("/no/such/place: no such directory", error.Message);
    }

    [Fact]
    public void A_checkpoint_without_weights_says_what_it_needs()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "config.json"), CheckpointBuilder.Config);

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.Contains("model.safetensors: no such file", error.Message, StringComparison.Ordinal);
    }
}
