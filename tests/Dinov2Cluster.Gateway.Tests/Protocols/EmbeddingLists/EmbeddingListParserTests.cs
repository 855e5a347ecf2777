using System.Text;
using System.Text.Json;
using CsCheck;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.EmbeddingLists;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Protocols.EmbeddingLists;

public sealed class EmbeddingListParserTests
{
    private static readonly string[] _seeds =
    [
        EmbeddingListJson.Images(""","model":"tiny","normalize":true,"output":"cls","on_error":"null" """, "aaaa", "bb\nbb"),
        """{"encoding_format":"base64","dimensions":null,"user":{"a":[1]},"input":["zz\/z\ud83d\ude00",{"image_url":{"url":"x"}}]}""",
        """{"input":"aaaa","model":null,"input_type":"document"}""",
    ];

    [Fact]
    public void Every_string_is_found_as_it_was_written() =>
        Gen.Select(Gen.Select(Gen.String, Gen.Int[0, 3]).Array[0, 20], Gen.Bool).Sample((items, refuse) =>
        {
            var input = items.Select(item => Item(item.Item1, item.Item2));
            var body = JsonSerializer.SerializeToUtf8Bytes(new { input });
            // Lone surrogates can't be written as JSON text; the serializer replaces them.
            var expected = items.Select(item => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(item.Item1)));
            return EmbeddingListParser.Parse(body, 20, refuse).Images.Select(ImageText.Of).SequenceEqual(expected);
        });

    [Fact]
    public void Any_mutation_of_a_body_parses_or_is_refused() =>
        Gen.Select(BodyMutation.Of(_seeds), Gen.Bool).Sample((body, refuse) =>
        {
            try
            {
                foreach (var image in EmbeddingListParser.Parse(body, 3, refuse).Images.Where(image => image.Kind == ImageInputKind.JsonText))
                {
                    image.Unescape().Dispose();
                }
            }
            catch (Exception error) when (error is EmbeddingException or ImageException)
            {
                // Told to the client as a 4xx. Anything else fails the test.
            }
        });

    [Fact]
    public void Images_are_slices_of_the_body()
    {
        var body = Encoding.UTF8.GetBytes("""{"input":["abcd",{"image":"efgh"},{"image_url":{"url":"ijkl"}}]}""");

        var request = EmbeddingListParser.Parse(body, 3, refuseUnknown: true);

        Assert.All(request.Images, image =>
        {
            Assert.Equal(ImageInputKind.Text, image.Kind);
            Assert.True(image.Bytes.Span.Overlaps(body));
        });
    }

    [Fact]
    public void The_last_of_several_equal_keys_counts()
    {
        var request = EmbeddingListParser.Parse(
            Encoding.UTF8.GetBytes(
                """{"input":"a","model":"x","output":"cls_mean","encoding_format":"base64","input":["b"],"model":"y","output":null,"encoding_format":"float"}"""),
            1,
            refuseUnknown: true);

        Assert.Equal("b", ImageText.Of(Assert.Single(request.Images)));
        Assert.Equal("y", request.Model);
        Assert.Equal(new EmbeddingOptions(Normalize: false, Output.Cls, NullOnError: false), request.Options);
        Assert.Equal(EmbeddingEncoding.Float, request.Encoding);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"input":"x"}""")]
    [InlineData("""{"input":[{"\udfff":1,"image":"x"}]}""")]
    [InlineData("""{"input":[{"image_url":{"\udfff":1}}]}""")]
    [InlineData("""{"input":"x","model":"\ud800"}""")]
    public void Half_a_surrogate_pair_is_refused(string json)
    {
        var error = Assert.Throws<EmbeddingException>(() => EmbeddingListParser.Parse(Encoding.UTF8.GetBytes(json), 9, refuseUnknown: false));

        Assert.Equal(EmbeddingErrorKind.BadRequest, error.Kind);
    }

    private static object Item(string image, int form) => form switch
    {
        0 => image,
        1 => new { text = (string?)null, image },
        2 => new { type = "image_url", image_url = image },
        _ => new { image_url = new { url = image } },
    };
}
