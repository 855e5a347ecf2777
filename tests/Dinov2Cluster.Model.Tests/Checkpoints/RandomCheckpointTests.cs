using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Model.Tests.Checkpoints;

public sealed class RandomCheckpointTests
{
    // The file format and the generator are promises: the same seed gives the same bytes in every version and on every machine.
    private const string NanoSeed7 = "8d1edcf7499d91fbbbacb60f7ac5367c8565c3d60d8a777bc6e3d7df30e9a082";
    private const string NanoSeed7WithRegisters = "76e2f9f909ec1383cfcddb187eadec137cafe9beb9c5b4db93b0c03fa25a6af9";

    [Theory]
    [InlineData(false, NanoSeed7)]
    [InlineData(true, NanoSeed7WithRegisters)]
    public void The_same_seed_gives_the_same_bytes_everywhere(bool registers, string expected)
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "made", "nano");

        RandomCheckpoint.Write("nano", path, seed: 7, registers, TestContext.Current.CancellationToken);

        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(expected, checkpoint.ComputeSha256(TestContext.Current.CancellationToken));
        Assert.True(checkpoint.RandomWeights);
        Assert.Equal(registers ? 4 : 0, checkpoint.Config.RegisterTokens);
    }

    // Computed by a separate program from the generator's description.
    [Theory]
    [InlineData(0, 0, 0.11586472392082214f)]
    [InlineData(0, 1, -0.9084703326225281f)]
    [InlineData(2, 0, -0.4307001531124115f)]
    [InlineData(2, 99_999, 0.27268117666244507f)]
    public void An_element_depends_on_seed_tensor_and_index_alone(int tensor, int index, float expected)
    {
        var values = new float[index + 1];

        new RandomWeightStream(seed: 7, tensor, mean: 0, standardDeviation: 0.5).Fill(values);

        Assert.Equal(expected, values[index]);
    }

    [Fact]
    public void Another_seed_gives_other_weights()
    {
        using var directory = new TemporaryDirectory();
        var first = Read(directory, "first", seed: 1, "encoder.layer.0.mlp.fc1.weight", [512, 128]);
        var second = Read(directory, "second", seed: 2, "encoder.layer.0.mlp.fc1.weight", [512, 128]);

        Assert.True(first.Zip(second).Count(pair => pair.First == pair.Second) < first.Length / 1000);
    }

    [Theory]
    [InlineData("dinov2-nano", false)]
    [InlineData("dinov2-nano-registers", true)]
    public void Names_and_shapes_are_those_of_the_reference_checkpoints(string golden, bool registers)
    {
        using var checkpoint = Checkpoint.Open(GoldenData.Checkpoint(golden));
        using var file = SafetensorsFile.Open(Path.Combine(checkpoint.Directory, "model.safetensors"));

        var tensors = Dinov2Tensors.Of(checkpoint.Config).ToList();

        Assert.Equal(registers, tensors.Exists(tensor => tensor.Name == "embeddings.register_tokens"));
        AssertSameTensors(file, tensors);
    }

    [Fact]
    public void The_swiglu_names_and_shapes_are_those_of_the_reference_checkpoint()
    {
        using var checkpoint = Checkpoint.Open(GoldenData.Checkpoint("dinov2-nano-swiglu"));
        using var file = SafetensorsFile.Open(Path.Combine(checkpoint.Directory, "model.safetensors"));

        AssertSameTensors(file, [.. Dinov2Tensors.Of(checkpoint.Config)]);
    }

    // Parameters in the weight files of facebook/dinov2-*.
    [Theory]
    [InlineData("small", 22_056_576, 384)]
    [InlineData("base", 86_580_480, 768)]
    [InlineData("large", 304_368_640, 1024)]
    [InlineData("giant", 1_136_480_768, 1536)]
    public void Published_sizes_have_their_published_parameter_counts(string size, long parameters, int hidden)
    {
        var config = RandomCheckpoint.ConfigOf(size, registers: false);

        Assert.Equal(hidden, config.HiddenSize);
        Assert.Equal(parameters, Dinov2Tensors.Of(config).Sum(tensor => tensor.Count));
    }

    [Fact]
    public void Numbers_are_nearly_normal_and_bounded()
    {
        var values = new float[1 << 20];
        new RandomWeightStream(seed: 3, tensor: 5, mean: 1, standardDeviation: 2).Fill(values);

        var mean = values.Average(value => (double)value);
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        Assert.Equal(1, mean, 0.01);
        Assert.Equal(2, deviation, 0.01);
        Assert.All(values, value => Assert.InRange(value, 1 - (3.47 * 2), 1 + (3.47 * 2)));
        // A normal distribution has 68.3 % within one deviation.
        Assert.InRange(values.Count(value => Math.Abs(value - 1) < 2) / (double)values.Length, 0.65, 0.70);
    }

    [Fact]
    public void Neighbors_and_tensors_are_not_correlated()
    {
        const int Count = 1 << 18;
        var first = new float[Count];
        var second = new float[Count];
        new RandomWeightStream(seed: 0, tensor: 0, mean: 0, standardDeviation: 1).Fill(first);
        new RandomWeightStream(seed: 0, tensor: 1, mean: 0, standardDeviation: 1).Fill(second);

        Assert.Equal(0, first.Zip(second).Average(pair => (double)pair.First * pair.Second), 0.01);
        Assert.Equal(0, first.Zip(first.Skip(1)).Average(pair => (double)pair.First * pair.Second), 0.01);
        Assert.Equal(0, first.Zip(first.Skip(128)).Average(pair => (double)pair.First * pair.Second), 0.01);
    }

    [Fact]
    public void How_a_tensor_is_cut_into_chunks_changes_nothing()
    {
        var whole = new float[1000];
        var parts = new float[1000];
        new RandomWeightStream(seed: 0, tensor: 0, mean: 0, standardDeviation: 1).Fill(whole);
        var stream = new RandomWeightStream(seed: 0, tensor: 0, mean: 0, standardDeviation: 1);
        var position = 0;
        foreach (var length in (int[])[1, 7, 8, 9, 0, 100, 875])
        {
            stream.Fill(parts.AsSpan(position, length));
            position += length;
        }

        Assert.Equal(whole, parts);
    }

    [Fact]
    public void An_unknown_size_lists_the_known_ones()
    {
        using var directory = new TemporaryDirectory();

        var error = Assert.Throws<ModelException>(() => RandomCheckpoint.Write("huge", directory.Path, 0, registers: false, TestContext.Current.CancellationToken));

        Assert.Equal("size 'huge' is unknown; expected one of nano, small, base, large, giant", error.Message);
    }

    [Fact]
    public void A_directory_in_use_is_refused_and_left_alone()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "mine"), "");

        var error = Assert.Throws<ModelException>(() => RandomCheckpoint.Write("nano", directory.Path, 0, registers: false, TestContext.Current.CancellationToken));

        Assert.Contains("is not an empty directory", error.Message, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(directory.Path, "mine")], Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void An_empty_directory_is_filled()
    {
        using var directory = new TemporaryDirectory();
        var path = Directory.CreateDirectory(Path.Combine(directory.Path, "empty")).FullName;

        RandomCheckpoint.Write("nano", path, 0, registers: false, TestContext.Current.CancellationToken);

        Assert.Equal(["config.json", "model.safetensors", "preprocessor_config.json"], Directory.GetFiles(path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Nothing_is_left_when_it_is_canceled()
    {
        using var directory = new TemporaryDirectory();

        Assert.Throws<OperationCanceledException>(() =>
            RandomCheckpoint.Write("nano", Path.Combine(directory.Path, "nano"), 0, registers: false, new CancellationToken(canceled: true)));

        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    private static float[] Read(TemporaryDirectory directory, string name, int seed, string tensor, int[] shape)
    {
        var path = Path.Combine(directory.Path, name);
        RandomCheckpoint.Write("nano", path, seed, registers: false, TestContext.Current.CancellationToken);
        using var checkpoint = Checkpoint.Open(path);
        var values = new float[shape.Aggregate((a, b) => a * b)];
        checkpoint.Read(tensor, shape, values);
        return values;
    }

    private static void AssertSameTensors(SafetensorsFile file, IReadOnlyList<TensorShape> tensors) =>
        Assert.Equal(
            file.Header.Tensors.Values.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]").Order(StringComparer.Ordinal),
            tensors.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]").Order(StringComparer.Ordinal));
}
