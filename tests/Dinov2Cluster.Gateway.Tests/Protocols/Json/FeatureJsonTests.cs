using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text.Json;
using CsCheck;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Json;

public sealed class FeatureJsonTests
{
    [Fact]
    public void Every_finite_float_reads_back_as_the_same_bits() =>
        Gen.UInt.Select(BitConverter.UInt32BitsToSingle).Where(float.IsFinite).Array[0, 700].Sample(features =>
        {
            var output = new ArrayBufferWriter<byte>(1);
            FeatureJson.WriteVector(output, features);

            using var document = JsonDocument.Parse(output.WrittenMemory);
            var read = document.RootElement.EnumerateArray().Select(value => value.GetSingle());
            return read.Select(BitConverter.SingleToUInt32Bits).SequenceEqual(features.Select(BitConverter.SingleToUInt32Bits));
        });

    [Theory]
    [InlineData(0f, "0")]
    [InlineData(-0f, "-0")]
    [InlineData(1f, "1")]
    [InlineData(0.1f, "0.1")]
    [InlineData(-1.17549435E-38f, "-1.1754944E-38")]
    [InlineData(float.MaxValue, "3.4028235E+38")]
    [InlineData(float.Epsilon, "1E-45")]
    public void A_float_has_the_fewest_digits_that_tell_it(float value, string text)
    {
        var output = new ArrayBufferWriter<byte>();
        FeatureJson.WriteVector(output, [value, value]);

        Assert.Equal($"[{text},{text}]", System.Text.Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Base64_holds_the_same_bits() =>
        Gen.Select(Gen.UInt.Select(BitConverter.UInt32BitsToSingle).Array[0, 2000], Gen.Int[1, 3000]).Sample((features, span) =>
        {
            var output = new SmallSpans(span);
            FeatureJson.WriteBase64(output, features);

            using var document = JsonDocument.Parse(output.Written);
            var read = document.RootElement.GetBytesFromBase64().Chunk(4).Select(bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes));
            return read.SequenceEqual(features.Select(BitConverter.SingleToUInt32Bits));
        });

    [Theory]
    [InlineData(Output.Cls, "[1,2,3,4,5,6]")]
    [InlineData(Output.ClsMean, "[1,2,3,4,5,6]")]
    [InlineData(Output.PatchTokens, "[[1,2,3],[4,5,6]]")]
    public async Task A_row_has_the_form_of_its_output(Output output, string json)
    {
        Assert.Equal(json, await WriteRowAsync(output, new EmbeddingRow(new float[] { 1, 2, 3, 4, 5, 6 }, Error: null)));
    }

    [Theory]
    [InlineData(Output.Cls)]
    [InlineData(Output.PatchTokens)]
    public async Task A_row_that_failed_is_null(Output output) =>
        Assert.Equal("null", await WriteRowAsync(output, new EmbeddingRow(default, new EmbeddingException(EmbeddingErrorKind.Internal, "secret"))));

    [Fact]
    public async Task Patch_tokens_are_sent_while_they_are_written()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 200_000, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var features = Enumerable.Range(0, 300_000).Select(feature => feature / 7f).ToArray();
        var writing = FeatureJson.WriteRowAsync(
            pipe.Writer, Result(Output.PatchTokens), new EmbeddingRow(features, Error: null), TestContext.Current.CancellationToken).AsTask();

        // A reader that takes nothing stops the writer, so the reply is never in memory as a whole.
        Assert.False(writing.IsCompleted);
        var read = ReadAsync(pipe.Reader);
        await writing;
        await pipe.Writer.CompleteAsync();

        var rows = JsonDocument.Parse(await read).RootElement.EnumerateArray();
        Assert.Equal(features, rows.SelectMany(row => row.EnumerateArray().Select(value => value.GetSingle())));
    }

    private static async Task<string> WriteRowAsync(Output output, EmbeddingRow row)
    {
        var pipe = new Pipe();
        await FeatureJson.WriteRowAsync(pipe.Writer, Result(output), row, TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        return System.Text.Encoding.UTF8.GetString(await ReadAsync(pipe.Reader));
    }

    // 3 features per vector, 2 vectors of patch tokens.
    private static EmbeddingResult Result(Output output) => new(
        new ServedModel("m", EmbeddingSize: 3, ShortestEdge: 16, CropSize: 14, Checksum: "1", PatchTokens: 2, PixelNormalization.Published),
        output,
        [],
        default,
        Cache: null);

    private static async Task<byte[]> ReadAsync(PipeReader reader)
    {
        using var bytes = new MemoryStream();
        await reader.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }

    // Gives no more than it must.
    private sealed class SmallSpans(int extra) : IBufferWriter<byte>
    {
        private readonly List<byte> _written = [];
        private byte[] _span = [];

        public byte[] Written => [.. _written];

        public void Advance(int count) => _written.AddRange(_span.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _span = new byte[sizeHint + extra];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
