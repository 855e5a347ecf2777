using System.Buffers;
using System.Text.Json;
using CsCheck;
using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client.Tests;

public sealed class ScoreRequestWriterTests
{
    private static readonly EmbedCall _plain = new(null, false, EmbedOutput.Cls, EmbedPriority.Interactive, TimeSpan.FromSeconds(1));

    [Fact]
    public void Every_image_reads_back() => Gen.Select(
        Gen.Byte.Array[0, 500].Array[1, 10],
        Gen.Bool,
        Gen.Enum<EmbedOutput>()).Sample((images, normalize, output) =>
        {
            var payloads = images.Select(image => new ImagePayload(ImageKind.Encoded, image)).ToArray();

            using var json = Write(payloads, _plain with { Normalize = normalize, Output = output });

            var input = json.RootElement.GetProperty("input_data");
            Assert.Equal(["image"], input.GetProperty("columns").EnumerateArray().Select(column => column.GetString()));
            Assert.Equal(Enumerable.Range(0, images.Length), input.GetProperty("index").EnumerateArray().Select(index => index.GetInt32()));
            Assert.Equal(images, input.GetProperty("data").EnumerateArray().Select(row => row[0].GetBytesFromBase64()));
            var wanted = json.RootElement.TryGetProperty("params", out var options) ? options : default;
            Assert.Equal(normalize || output != EmbedOutput.Cls || images.Length > 1, wanted.ValueKind == JsonValueKind.Object);
            if (wanted.ValueKind == JsonValueKind.Object)
            {
                Assert.Equal(normalize, wanted.TryGetProperty("normalize", out var value) && value.GetBoolean());
                Assert.Equal(
                    output switch { EmbedOutput.ClsMean => "cls_mean", EmbedOutput.PatchTokens => "patch_tokens", _ => null },
                    wanted.TryGetProperty("output", out value) ? value.GetString() : null);
                Assert.Equal(images.Length > 1 ? "null" : null, wanted.TryGetProperty("on_error", out value) ? value.GetString() : null);
            }
        });

    [Theory]
    [InlineData("https://images.example/a?b=\"c\"&d=<e>\\f")]
    [InlineData("https://images.example/\u00e9\ud83d\ude00")]
    public void A_url_reads_back(string url)
    {
        using var json = Write([new ImagePayload(ImageKind.Url, default, url)], _plain);

        Assert.Equal(url, json.RootElement.GetProperty("input_data").GetProperty("data")[0][0].GetString());
    }

    [Fact]
    public void The_room_that_is_asked_for_is_enough_for_files() => Gen.Int[0, 10_000].Array[1, 20].Sample(sizes =>
    {
        var payloads = sizes.Select(size => new ImagePayload(ImageKind.Encoded, new byte[size])).ToArray();
        var output = new ArrayBufferWriter<byte>();
        ScoreRequestWriter.Write(output, payloads, _plain with { Normalize = true, Output = EmbedOutput.PatchTokens });
        Assert.InRange(output.WrittenCount, 1, ScoreRequestWriter.Size(payloads));
    });

    [Fact]
    public void The_largest_image_that_a_client_can_be_told_to_send_can_be_written()
    {
        var image = new ImagePayload(ImageKind.Encoded, new byte[125_000_000]);
        var output = new PooledBytes(ScoreRequestWriter.Size([image]));

        ScoreRequestWriter.Write(output, [image], _plain);

        Assert.InRange(output.Written.Length, 125_000_000 / 3 * 4, ScoreRequestWriter.Size([image]));
    }

    private static JsonDocument Write(ImagePayload[] images, EmbedCall call)
    {
        // Too small, so that it must grow.
        var output = new PooledBytes(16);
        ScoreRequestWriter.Write(output, images, call);
        return JsonDocument.Parse(output.Written);
    }
}
