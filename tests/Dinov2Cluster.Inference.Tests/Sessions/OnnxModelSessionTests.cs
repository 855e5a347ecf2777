using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Inference.Tests.Sessions;

public sealed class OnnxModelSessionTests : IDisposable
{
    private static readonly DeviceOptions _device = new() { Threads = 1 };

    private readonly TestModels _models = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("compiled")]
    [InlineData("export")]
    public void Every_batch_size_gives_each_slot_its_own_features(string kind)
    {
        var compiled = kind == "compiled";
        using var session = Load(compiled ? _models.Compiled("N") : _models.Export("image_features", "N"), maxBatchSize: 5);
        using var lane = session.CreateLane(session.Signature.MaxBatchSize);
        Assert.Equal(new ModelSignature(TestModels.Size, 3, 5), session.Signature);
        var random = new Random(1);

        // Down and up again: a smaller batch must not disturb a binding of a larger one.
        foreach (var count in new[] { 5, 4, 3, 2, 1, 2, 3, 4, 5 })
        {
            var crops = new byte[count][];
            for (var slot = 0; slot < count; slot++)
            {
                random.NextBytes(crops[slot] = new byte[session.Signature.CropBytes]);
                crops[slot].CopyTo(lane.Input(slot));
            }

            lane.Run(count, Outputs.Cls, Token);
            for (var slot = 0; slot < count; slot++)
            {
                AssertClose(compiled ? Means(crops[slot]) : Normalized(Means(crops[slot]), new PreprocessorConfig()), lane.Output(slot));
            }
        }
    }

    [Theory]
    [InlineData("image_features")]
    [InlineData("pooler_output")]
    public void An_export_is_fed_normalised_pixels_by_channel(string output)
    {
        var preprocessing = new PreprocessorConfig { RescaleFactor = 0.01, Mean = [0.1, 0.2, 0.3], StandardDeviation = [0.5, 0.6, 0.7] };
        using var session = OnnxModelSession.Load(_models.Export(output, "N"), Manifest(preprocessing), _device, 2, Token);
        using var lane = session.CreateLane(session.Signature.MaxBatchSize);
        var crop = Crop(7, session.Signature);
        crop.CopyTo(lane.Input(0));

        lane.Run(1, Outputs.Cls, Token);

        AssertClose(Normalized(Means(crop), preprocessing), lane.Output(0));
    }

    [Theory]
    [InlineData(3, TestModels.Size)]
    [InlineData("tokens", "features")]
    public void An_export_with_tokens_gives_its_first_token_whether_or_not_it_declares_how_many(object tokens, object features)
    {
        using var session = Load(_models.ExportWithTokens(tokens, features), maxBatchSize: 3);
        using var lane = session.CreateLane(session.Signature.MaxBatchSize);
        Assert.Equal(TestModels.Size, session.Signature.EmbeddingSize);
        var crops = Enumerable.Range(0, 3).Select(slot => Crop(slot, session.Signature)).ToArray();
        for (var slot = 0; slot < 3; slot++)
        {
            crops[slot].CopyTo(lane.Input(slot));
        }

        lane.Run(3, Outputs.Cls, Token);

        for (var slot = 0; slot < 3; slot++)
        {
            var red = Enumerable.Range(0, TestModels.Size)
                .Select(row => Enumerable.Range(0, TestModels.Size).Average(column => crops[slot][((row * TestModels.Size) + column) * 3]))
                .Select(mean => (float)(((mean / 255) - 0.485) / 0.229)).ToArray();
            AssertClose(red, lane.Output(slot));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_fixed_batch_lowers_the_limit_and_takes_fewer_images_too(int batch)
    {
        using var session = Load(_models.Export("pooler_output", batch), maxBatchSize: 8);
        using var lane = session.CreateLane(session.Signature.MaxBatchSize);
        Assert.Equal(batch, session.Signature.MaxBatchSize);
        var crop = Crop(3, session.Signature);
        crop.CopyTo(lane.Input(0));

        lane.Run(1, Outputs.Cls, Token);

        AssertClose(Normalized(Means(crop), new PreprocessorConfig()), lane.Output(0));
    }

    [Fact]
    public void External_data_is_read_from_beside_the_model()
    {
        using var session = Load(_models.CompiledWithExternalData(1000, 2000, 3000), maxBatchSize: 2);
        using var lane = session.CreateLane(session.Signature.MaxBatchSize);
        lane.Input(1).Clear();

        lane.Run(2, Outputs.Cls, Token);

        AssertClose([1000, 2000, 3000], lane.Output(1));
    }

    [Fact]
    public void A_model_of_neither_kind_is_refused_with_what_was_found()
    {
        var path = _models.Identity(
            OnnxBytes.Value("tokens", OnnxBytes.Double, "N", 7), OnnxBytes.Value("logits", OnnxBytes.Double, "N", 7), "tokens", "logits");

        var error = Assert.Throws<ModelException>(() => Load(path, 1));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("tokens Double [-1,7]", error.Message, StringComparison.Ordinal);
        Assert.Contains("logits Double [-1,7]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Crops_that_are_not_square_or_not_three_channels_are_refused()
    {
        var oblong = _models.Identity(
            OnnxBytes.Value("pixel_values", OnnxBytes.Float, "N", 3, 4, 5), OnnxBytes.Value("image_features", OnnxBytes.Float, "N", 3, 4, 5), "pixel_values", "image_features");
        var gray = _models.Identity(
            OnnxBytes.Value("pixels", OnnxBytes.UInt8, "N", 4, 4, 1), OnnxBytes.Value("image_features", OnnxBytes.UInt8, "N", 4, 4, 1), "pixels", "image_features");

        Assert.Contains("[-1,3,4,5]", Assert.Throws<ModelException>(() => Load(oblong, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("[-1,4,4,1]", Assert.Throws<ModelException>(() => Load(gray, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_that_disagrees_with_the_graph_is_refused()
    {
        var path = _models.Compiled("N");

        var size = Assert.Throws<ModelException>(() => OnnxModelSession.Load(path, Manifest(new()) with { ImageSize = 224 }, _device, 1, Token));
        var features = Assert.Throws<ModelException>(() => OnnxModelSession.Load(path, Manifest(new()) with { EmbeddingSize = 384 }, _device, 1, Token));

        Assert.Contains("224", size.Message, StringComparison.Ordinal);
        Assert.Contains("384", features.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_that_says_patch_tokens_needs_a_graph_that_gives_them()
    {
        var error = Assert.Throws<ModelException>(
            () => OnnxModelSession.Load(_models.Compiled("N"), Manifest(new()) with { PatchTokens = 4 }, _device, 1, Token));

        Assert.Contains("doesn't give the 4 patch tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_without_patch_tokens_has_none_to_read()
    {
        using var session = Load(_models.ExportWithTokens(3, TestModels.Size), maxBatchSize: 1);
        using var lane = session.CreateLane(1);
        lane.Run(1, Outputs.Cls, Token);

        Assert.Equal(0, session.Signature.PatchTokens);
        Assert.Throws<InvalidOperationException>(() => lane.PatchTokens(0).Length);
        Assert.Throws<InvalidOperationException>(() => lane.PatchMean(0).Length);
    }

    [Fact]
    public void A_damaged_or_missing_file_is_one_error_that_names_it()
    {
        var damaged = _models.Write([1, 2, 3]);
        var missing = damaged + ".none";

        Assert.Contains(damaged, Assert.Throws<ModelException>(() => Load(damaged, 1)).Message, StringComparison.Ordinal);
        Assert.Contains(missing, Assert.Throws<ModelException>(() => Load(missing, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gpu_needs_a_build_for_gpus()
    {
        var error = Assert.Throws<ModelException>(() => OnnxModelSession.Load(_models.Compiled("N"), null, new DeviceOptions { Kind = DeviceKind.Cuda }, 1, Token));

        Assert.Contains("-p:Accelerator=Cuda", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_canceled_before_it_began_computes_nothing()
    {
        using var session = Load(_models.Compiled("N"), 1);
        using var lane = session.CreateLane(session.Signature.MaxBatchSize);
        lane.Input(0).Clear();
        lane.Run(1, Outputs.Cls, Token);
        lane.Input(0).Fill(9);

        Assert.Throws<OperationCanceledException>(() => lane.Run(1, Outputs.Cls, new CancellationToken(canceled: true)));

        AssertClose([0, 0, 0], lane.Output(0));
    }

    [Fact]
    public async Task Lanes_share_the_model_and_run_side_by_side_without_mixing()
    {
        using var session = Load(_models.Export("image_features", "N"), maxBatchSize: 3);
        Assert.Equal(1, session.Lanes);
        using var first = session.CreateLane(3);
        using var second = session.CreateLane(3);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(
            () =>
            {
                var lane = i == 0 ? first : second;
                for (var round = 0; round < 200; round++)
                {
                    var crops = Enumerable.Range(0, 3).Select(slot => Crop((round * 6) + (i * 3) + slot, session.Signature)).ToArray();
                    for (var slot = 0; slot < 3; slot++)
                    {
                        crops[slot].CopyTo(lane.Input(slot));
                    }

                    lane.Run(3, Outputs.Cls, Token);
                    for (var slot = 0; slot < 3; slot++)
                    {
                        AssertClose(Normalized(Means(crops[slot]), new PreprocessorConfig()), lane.Output(slot));
                    }
                }
            },
            Token)));
    }

    [Fact]
    public void A_lane_holds_as_many_images_as_was_asked_for_and_no_more()
    {
        using var session = Load(_models.Compiled("N"), maxBatchSize: 4);
        using var lane = session.CreateLane(2);

        lane.Run(2, Outputs.Cls, Token);
        Assert.Throws<ArgumentOutOfRangeException>(() => lane.Run(3, Outputs.Cls, Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => lane.Input(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.CreateLane(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.CreateLane(0));
    }

    private static OnnxModelSession Load(string path, int maxBatchSize) => OnnxModelSession.Load(path, null, _device, maxBatchSize, Token);

    private static byte[] Crop(int seed, ModelSignature signature)
    {
        var crop = new byte[signature.CropBytes];
        new Random(seed).NextBytes(crop);
        return crop;
    }

    private static float[] Means(byte[] crop) =>
        [.. Enumerable.Range(0, 3).Select(channel => (float)crop.Where((_, i) => i % 3 == channel).Average(value => value))];

    private static float[] Normalized(float[] means, PreprocessorConfig preprocessing) =>
        [.. means.Select((mean, channel) => (float)(((mean * preprocessing.RescaleFactor) - preprocessing.Mean[channel]) / preprocessing.StandardDeviation[channel]))];

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-4f);
        }
    }

    private static ModelManifest Manifest(PreprocessorConfig preprocessing) => new()
    {
        Name = "test",
        EmbeddingSize = 3,
        Layers = 1,
        Heads = 1,
        RegisterTokens = 0,
        ImageSize = TestModels.Size,
        PatchSize = 2,
        Precision = Precision.Fp32,
        PositionEmbedding = PositionEmbeddingMode.Legacy,
        SourceSha256 = "",
        Preprocessing = preprocessing,
    };
}
