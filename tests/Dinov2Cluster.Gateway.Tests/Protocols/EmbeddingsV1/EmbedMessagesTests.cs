using CsCheck;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;

namespace Dinov2Cluster.Gateway.Tests.Protocols.EmbeddingsV1;

public sealed class EmbedMessagesTests
{
    private const string Seed = "0000KOIKe3I0";

    private static readonly Gen<Image> _image = Gen.Select(Gen.Int[0, 2], Gen.Byte.Array[0, 300], (source, bytes) => source switch
    {
        0 => new Image { Encoded = ByteString.CopyFrom(bytes) },
        1 => new Image { Url = Convert.ToBase64String(bytes) },
        _ => new Image { Crop = ByteString.CopyFrom(bytes) },
    });

    private static readonly Gen<EmbedOptions> _options = Gen.Select(
        Gen.Char.AlphaNumeric.Array[0, 20],
        Gen.Bool,
        Gen.Int[-1, 9],
        (model, normalize, value) => new EmbedOptions { Model = new string(model), Normalize = normalize, Output = (Output)value, OnError = (OnError)value });

    [Fact]
    public void A_request_reads_as_the_generated_parser_reads_it() =>
        Gen.Select(_image.List[0, 20], _options).Sample(
            (images, options) =>
            {
                var (read, wanted) = EmbedMessages.ReadRequest(new EmbedRequest { Images = { images }, Options = options }.ToByteArray(), maxImages: 20);
                Assert.Equal(options, wanted);
                Assert.Equal(images, read.Select(Image));
            },
            seed: Seed,
            iter: 200);

    [Fact]
    public void A_stream_request_reads_as_the_generated_parser_reads_it() =>
        Gen.Select(Gen.ULong, _image, _options).Sample(
            (id, image, options) =>
            {
                var (readId, readImage, readOptions) = EmbedMessages.ReadStreamRequest(new EmbedStreamRequest { Id = id, Image = image, Options = options }.ToByteArray());
                Assert.Equal((id, image, options), (readId, Image(readImage!.Value), readOptions));
            },
            seed: Seed,
            iter: 200);

    [Fact]
    public void Any_bytes_are_read_or_refused() => Gen.Byte.Array[0, 60].Sample(
        bytes =>
        {
            Refuses(() => EmbedMessages.ReadRequest(bytes, maxImages: 3));
            Refuses(() => EmbedMessages.ReadStreamRequest(bytes));
        },
        seed: Seed,
        iter: 20_000);

    [Fact]
    public void Unknown_fields_are_skipped_and_repeated_ones_merge()
    {
        var one = new EmbedStreamRequest { Id = 1, Image = new Image { Url = "http://a" }, Options = new EmbedOptions { Model = "m" } };
        var two = new EmbedStreamRequest { Id = 2, Image = new Image { Encoded = ByteString.CopyFrom(1, 2) }, Options = new EmbedOptions { Normalize = true } };
        // Fields 100 (varint), 101 (64 bits), 102 (bytes) and 103 (32 bits).
        var unknown = Convert.FromHexString("A00607A906" + "0102030405060708" + "B2060301" + "0203BD06" + "01020304");
        byte[] message = [.. one.ToByteArray(), .. unknown, .. two.ToByteArray()];

        var (id, image, options) = EmbedMessages.ReadStreamRequest(message);

        var expected = EmbedStreamRequest.Parser.ParseFrom(message);
        Assert.Equal((expected.Id, expected.Image, expected.Options), (id, Image(image!.Value), options));
    }

    [Fact]
    public void A_message_of_nothing_but_images_makes_no_more_of_them_than_allowed()
    {
        var message = new byte[2 * 1_000_000];
        for (var i = 0; i < message.Length; i += 4)
        {
            // An image whose source is an empty file.
            (message[i], message[i + 1], message[i + 2]) = (0x0A, 0x02, 0x0A);
        }

        var error = Assert.Throws<EmbeddingException>(() => EmbedMessages.ReadRequest(message, maxImages: 5));

        Assert.Equal(EmbeddingErrorKind.TooManyImages, error.Kind);
    }

    private static void Refuses(Action read)
    {
        try
        {
            read();
        }
        catch (EmbeddingException exception)
        {
            Assert.Contains(exception.Kind, new[] { EmbeddingErrorKind.BadRequest, EmbeddingErrorKind.TooManyImages });
        }
    }

    private static Image Image(ImageInput input) => input.Kind switch
    {
        ImageInputKind.Encoded => new Image { Encoded = ByteString.CopyFrom(input.Bytes.Span) },
        ImageInputKind.Url => new Image { Url = System.Text.Encoding.UTF8.GetString(input.Bytes.Span) },
        _ => new Image { Crop = ByteString.CopyFrom(input.Bytes.Span) },
    };
}
