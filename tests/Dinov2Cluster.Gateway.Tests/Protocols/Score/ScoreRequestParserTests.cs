using System.Text;
using CsCheck;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Protocols.Score;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Tests.Protocols.Score;

public sealed class ScoreRequestParserTests
{
    private static readonly string[] _seeds =
    [
        ScoreJson.Split("aaaa", "bb\nbb", "cc/c"),
        ScoreJson.Records("aaaa", "\u00e9\"\\"),
        """{"params":{"a":[1,2]},"input_data":{"index":["x"],"data":[[1,"zz\/z\ud83d\ude00"]],"columns":["id","image"]}}""",
    ];

    [Fact]
    public void Every_string_is_found_as_it_was_written() =>
        Gen.Select(Gen.String.Array[0, 20], Gen.Bool).Sample((images, asRecords) =>
        {
            // Lone surrogates can't be written as JSON text; the serializer replaces them.
            var body = Encoding.UTF8.GetBytes(asRecords ? ScoreJson.Records(images) : ScoreJson.Split(images));
            var expected = images.Select(image => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(image)));
            return ScoreRequestParser.Parse(body, 20).Images.Select(ImageText.Of).SequenceEqual(expected);
        });

    [Fact]
    public void Any_mutation_of_a_body_parses_or_is_refused() =>
        BodyMutation.Of(_seeds).Sample(body =>
        {
            try
            {
                foreach (var image in ScoreRequestParser.Parse(body, 3).Images.Where(image => image.Kind == ImageInputKind.JsonText))
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
    public void An_unescaped_string_is_a_slice_of_the_body()
    {
        var body = Encoding.UTF8.GetBytes(ScoreJson.Records("abcd"));

        var image = Assert.Single(ScoreRequestParser.Parse(body, 1).Images);

        Assert.Equal(ImageInputKind.Text, image.Kind);
        Assert.True(image.Bytes.Span.Overlaps(body));
    }

    [Theory]
    [InlineData("""{"\ud800":1,"input_data":[]}""")]
    [InlineData("""{"input_data":{"\udfff":1,"columns":["\ud800x","image"],"data":[]}}""")]
    [InlineData("""{"input_data":[{"\ud800":1,"image":"x"}]}""")]
    public void Half_a_surrogate_pair_in_a_name_is_refused(string json)
    {
        var error = Assert.Throws<EmbeddingException>(() => ScoreRequestParser.Parse(Encoding.UTF8.GetBytes(json), 9));

        Assert.Equal(EmbeddingErrorKind.BadRequest, error.Kind);
        Assert.Equal("POST body could not be decoded as JSON: a name holds half a surrogate pair", error.ClientMessage);
    }
}
