using System.Buffers.Binary;
using CsCheck;
using Dinov2Cluster.Client.Sources;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;
using V1 = Dinov2Cluster.Protocol.V1;

namespace Dinov2Cluster.Client.Tests;

public sealed class GrpcMessagesTests
{
    [Fact]
    public void Little_endian_bytes_become_the_same_floats() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 200], Gen.Int).Sample((vectors, dimensions, seed) =>
        {
            var random = new Random(seed);
            var bits = Enumerable.Range(0, vectors * dimensions).Select(_ => random.Next(int.MinValue, int.MaxValue)).ToArray();
            var bytes = new byte[4 * bits.Length];
            for (var i = 0; i < bits.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), bits[i]);
            }

            var answer = GrpcMessages.ToAnswer(
                new ImageResult { Features = ByteString.CopyFrom(bytes) }, (uint)vectors, (uint)dimensions, "tiny");

            Assert.Equal((vectors, dimensions, "tiny"), (answer.Embedding!.Vectors, answer.Embedding.Dimensions, answer.Embedding.Model));
            Assert.Equal(bits, answer.Embedding.Features.ToArray().Select(BitConverter.SingleToInt32Bits));
        });

    [Theory]
    [InlineData(8, 1, 3)]
    [InlineData(8, 0, 0)]
    [InlineData(7, 1, 2)]
    [InlineData(0, 0, 0)]
    [InlineData(4, 0x40000001, 0x40000001)]
    [InlineData(16, uint.MaxValue, uint.MaxValue)]
    public void Sizes_that_do_not_fit_together_are_an_invalid_response(int bytes, uint vectors, uint dimensions)
    {
        var result = new ImageResult { Features = ByteString.CopyFrom(new byte[bytes]) };

        var error = Assert.Throws<Dinov2Exception>(() => GrpcMessages.ToAnswer(result, vectors, dimensions, "tiny"));

        Assert.Equal(Dinov2ErrorKind.InvalidResponse, error.Kind);
    }

    [Fact]
    public void No_result_at_all_is_an_invalid_response() =>
        Assert.Equal(Dinov2ErrorKind.InvalidResponse, Assert.Throws<Dinov2Exception>(() => GrpcMessages.ToAnswer(null, 1, 1, "tiny")).Kind);

    [Theory]
    [InlineData(3, Dinov2ErrorKind.InvalidImage)]
    [InlineData(4, Dinov2ErrorKind.DeadlineExceeded)]
    [InlineData(8, Dinov2ErrorKind.Overloaded)]
    [InlineData(14, Dinov2ErrorKind.Unavailable)]
    [InlineData(13, Dinov2ErrorKind.Internal)]
    [InlineData(99, Dinov2ErrorKind.Internal)]
    public void An_images_error_has_its_kind(int code, Dinov2ErrorKind kind)
    {
        var result = new ImageResult { Error = new ImageError { Code = code, Reason = "word", Message = "Row 7: It is so." } };

        var error = GrpcMessages.ToAnswer(result, 0, 0, "").Error!;

        Assert.Equal((kind, "word", "It is so."), (error.Kind, error.Reason, error.Message));
    }

    [Theory]
    [InlineData(EmbedOutput.Cls, EmbedPriority.Interactive, Output.Cls, Priority.Interactive)]
    [InlineData(EmbedOutput.ClsMean, EmbedPriority.Bulk, Output.ClsMean, Priority.Bulk)]
    [InlineData(EmbedOutput.PatchTokens, EmbedPriority.Bulk, Output.PatchTokens, Priority.Bulk)]
    public void Options_are_the_protocols(object output, object priority, object protocolOutput, object protocolPriority)
    {
        var options = GrpcMessages.ToOptions(new EmbedCall("giant", true, (EmbedOutput)output, (EmbedPriority)priority, TimeSpan.FromSeconds(1)));

        Assert.Equal(
            new V1.EmbedOptions
            {
                Model = "giant",
                Normalize = true,
                Output = (Output)protocolOutput,
                Priority = (Priority)protocolPriority,
                OnError = OnError.Null,
            },
            options);
    }

    [Fact]
    public void An_image_shares_the_payloads_memory()
    {
        var bytes = new byte[] { 1, 2, 3 };

        var image = GrpcMessages.ToImage(new ImagePayload(ImageKind.Encoded, bytes));
        bytes[1] = 9;

        Assert.Equal([1, 9, 3], image.Encoded.ToByteArray());
    }
}
