using CsCheck;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

public sealed class SafetensorsHeaderTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    /// <summary>Header, bytes of data, and what the message must say.</summary>
    public static TheoryData<string, int, string> Malformed => new()
    {
        { "", 8, "not valid JSON" },
        { "{", 8, "not valid JSON" },
        { "[]", 8, "not a JSON object" },
        { "null", 8, "not a JSON object" },
        { "hello", 8, "not valid JSON" },
        { Good + "x", 8, "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}""", 8, "not valid JSON" },
        { """{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "not valid JSON" },
        { """{"a":3}""", 8, "tensor 'a' is not described by an object" },
        { """{"a":{}}""", 8, "tensor 'a' has no dtype" },
        { """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has no dtype" },
        { """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "tensor 'a' has no shape" },
        { """{"a":{"dtype":"F32","shape":[2]}}""", 8, "tensor 'a' has no pair of data_offsets" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "tensor 'a' has no pair of data_offsets" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", 8, "tensor 'a' has the unknown key 'more'" },
        { """{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has the unknown dtype 'F31'" },
        { """{"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a dtype that is not a string" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has two dtypes" },
        { """{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has two shapes" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,8]}}""", 8, "tensor 'a' has two data_offsets" },
        { """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape that is not an array" },
        { """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape with something else than whole numbers" },
        { """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape with something else than whole numbers" },
        { """{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape with something else than whole numbers" },
        { """{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape with something else than whole numbers" },
        { """{"a":{"dtype":"F32","shape":[18446744073709551617],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape with something else than whole numbers" },
        { """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape of more than 8 numbers" },
        { """{"a":{"dtype":"F32","shape":[4611686018427387905,2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape too large" },
        { """{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape too large" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape of 12 bytes but data_offsets of 8" },
        { """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has a shape of 4 bytes but data_offsets of 8" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "tensor 'a' has data_offsets that end before they begin" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "tensor 'a' has a data_offsets with something else than whole numbers" },
        { Good, 7, "tensor 'a' ends at byte 8 of 7; the file is truncated" },
        { Good, 0, "tensor 'a' ends at byte 8 of 0; the file is truncated" },
        { Good, 9, "1 bytes after the last tensor belong to none" },
        { "{}", 1, "1 bytes after the last tensor belong to none" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "tensor 'a' leaves a gap before it" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "tensor 'b' overlaps" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "tensor 'a' is given twice" },
        { """{"__metadata__":{},"__metadata__":{}}""", 0, "tensor '__metadata__' is given twice" },
        { """{"__metadata__":[]}""", 0, "tensor '__metadata__' is not an object of strings" },
        { """{"__metadata__":{"format":1}}""", 0, "tensor '__metadata__' is not an object of strings" },
        { """{"a\nb":3}""", 8, "tensor 'a?b' is not" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_header_is_refused_with_its_file_and_tensor(string header, int dataLength, string expected)
    {
        using var directory = CheckpointBuilder.Build(CheckpointBuilder.File(header, new byte[dataLength]));

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.StartsWith(Path.Combine(directory.Path, "model.safetensors") + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(100_000_001UL, "more than the 100000000 of the safetensors format")]
    [InlineData(ulong.MaxValue, "more than the 100000000 of the safetensors format")]
    [InlineData(99_999_999UL, "the header claims 99999999 bytes but the file has")]
    public void A_lying_header_length_is_refused_before_it_is_believed(ulong length, string expected)
    {
        using var directory = CheckpointBuilder.Build(CheckpointBuilder.File(length, Good, new byte[8]));

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_without_room_for_a_header_length_is_refused(int length)
    {
        using var directory = CheckpointBuilder.Build(new byte[length]);

        var error = Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));

        Assert.Contains($"model.safetensors: {length} bytes are too few", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_of_a_checkpoint_is_refused()
    {
        var whole = new CheckpointBuilder().Add("a", [2], 1f, 2f).Add("b", [1], 3f).ToBytes();
        using var directory = CheckpointBuilder.Build(whole);

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path.Combine(directory.Path, "model.safetensors"), whole[..length]);
            Assert.Throws<ModelException>(() => Checkpoint.Open(directory.Path));
        }
    }

    [Fact]
    public void Empty_tensors_scalars_padding_and_metadata_are_fine()
    {
        const string Header = """{"__metadata__":{"format":"pt"},"empty":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},"scalar":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}    """;

        var parsed = SafetensorsHeader.Parse(System.Text.Encoding.UTF8.GetBytes(Header), 4, "file");

        Assert.Equal(["empty", "scalar"], parsed.Tensors.Keys.Order());
        Assert.False(parsed.HasRandomSeed);
    }

    [Fact]
    public void Flipped_header_bytes_give_a_model_exception_or_a_sound_header()
    {
        var file = File.ReadAllBytes(Path.Combine(GoldenData.Checkpoint("dinov2-nano-registers"), "model.safetensors"));
        var length = (int)BitConverter.ToUInt64(file);
        var header = file[8..(8 + length)];
        var dataLength = file.Length - 8 - length;
        var flips = Gen.Select(Gen.Int[0, length - 1], Gen.Byte).Array[1, 4];

        flips.Sample(
            changes =>
            {
                var broken = header.ToArray();
                foreach (var (position, value) in changes)
                {
                    broken[position] = value;
                }

                try
                {
                    var parsed = SafetensorsHeader.Parse(broken, dataLength, "file");
                    Assert.Equal(dataLength, parsed.Tensors.Values.Sum(tensor => tensor.End - tensor.Begin));
                }
                catch (ModelException exception)
                {
                    Assert.StartsWith("file: ", exception.Message, StringComparison.Ordinal);
                }
            },
            seed: "0000000000000",
            iter: 5000);
    }
}
