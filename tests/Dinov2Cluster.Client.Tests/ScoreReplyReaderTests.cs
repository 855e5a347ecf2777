using System.Globalization;
using System.Text;
using CsCheck;

namespace Dinov2Cluster.Client.Tests;

public sealed class ScoreReplyReaderTests
{
    private static readonly Gen<float> _finite = Gen.Float.Where(float.IsFinite);

    [Fact]
    public void Every_float_reads_back_to_the_bit() => _finite.Array[1, 3000].Array[1, 4].Sample(
        rows =>
        {
            var json = $"[{string.Join(',', rows.Select(row => $$"""{"image_features":{{Vector(row)}}}"""))}]";

            var answers = Read(json, rows.Length);

            Assert.Equal(rows, answers.Select(answer => answer.Embedding!.Features.ToArray()));
            Assert.All(answers, answer => Assert.Equal((1, "tiny"), (answer.Embedding!.Vectors, answer.Embedding.Model)));
        },
        iter: 100);

    [Fact]
    public void Patch_tokens_are_vectors_of_one_length() => Gen.Select(Gen.Int[1, 20], Gen.Int[1, 50]).Sample((vectors, dimensions) =>
    {
        var features = Enumerable.Range(0, vectors * dimensions).Select(value => value / 3f).ToArray();
        var json = $$"""[{"image_features":[{{string.Join(',', features.Chunk(dimensions).Select(Vector))}}]}]""";

        var embedding = Read(json, 1)[0].Embedding!;

        Assert.Equal((vectors, dimensions), (embedding.Vectors, embedding.Dimensions));
        Assert.Equal(features, embedding.Features.ToArray());
    });

    [Theory]
    [InlineData("bad_image", Dinov2ErrorKind.InvalidImage)]
    [InlineData("overloaded", Dinov2ErrorKind.Overloaded)]
    [InlineData("no_device", Dinov2ErrorKind.Unavailable)]
    [InlineData("deadline_exceeded", Dinov2ErrorKind.DeadlineExceeded)]
    [InlineData("internal", Dinov2ErrorKind.Internal)]
    public void A_failed_row_says_why(string reason, Dinov2ErrorKind kind)
    {
        var json = """
            [
                {"image_features":[1]},
                {"error":{"more":[1],"reason":"REASON","message":"Row 1: It is so."},"image_features":null},
                {"image_features":[2],"other":{"a":[]}}
            ]
            """.Replace("REASON", reason, StringComparison.Ordinal);

        var answers = Read(json, 3);

        Assert.Equal([true, false, true], answers.Select(answer => answer.Embedding is not null));
        var error = answers[1].Error!;
        Assert.Equal((kind, reason, "It is so."), (error.Kind, error.Reason, error.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[{}]")]
    [InlineData("[null]")]
    [InlineData("""[{"image_features":null}]""")]
    [InlineData("""[{"image_features":[]}]""")]
    [InlineData("""[{"image_features":[[]]}]""")]
    [InlineData("""[{"image_features":["1"]}]""")]
    [InlineData("""[{"image_features":[1,[2]]}]""")]
    [InlineData("""[{"image_features":[[1],2]}]""")]
    [InlineData("""[{"image_features":[[1],[2,3]]}]""")]
    [InlineData("""[{"image_features":[1]""")]
    [InlineData("""[{"image_features":[1]}] x""")]
    [InlineData("""[{"image_features":[1]},{"image_features":[1]}]""")]
    [InlineData("""[{"image_features":[1],"error":{"reason":"x"}}]""")]
    [InlineData("""[{"image_features":null,"error":"x"}]""")]
    [InlineData("""[{"image_features":null,"error":{"reason":5}}]""")]
    [InlineData("<html>")]
    public void Anything_else_is_an_invalid_response(string json) =>
        Assert.Equal(Dinov2ErrorKind.InvalidResponse, Assert.Throws<Dinov2Exception>(() => Read(json, 1)).Kind);

    [Fact]
    public void A_reply_that_is_cut_or_changed_anywhere_is_read_or_refused_and_nothing_else() =>
        Gen.Select(Gen.Int[0, 200], Gen.Byte).Sample((position, value) =>
        {
            var json = Encoding.UTF8.GetBytes("""[{"image_features":[[1.5,-2e-3],[3,4]]},{"image_features":null,"error":{"reason":"bad_image","message":"Row 1: no"}}]""");
            json[position % json.Length] = value;
            foreach (var body in new[] { json, json[..(position % json.Length)] })
            {
                try
                {
                    ScoreReplyReader.Read(body, 2, "tiny");
                }
                catch (Dinov2Exception exception)
                {
                    Assert.Equal(Dinov2ErrorKind.InvalidResponse, exception.Kind);
                }
            }
        });

    private static ImageAnswer[] Read(string json, int images) =>
        ScoreReplyReader.Read(Encoding.UTF8.GetBytes(json), images, "tiny");

    private static string Vector(float[] features) =>
        $"[{string.Join(',', features.Select(feature => feature.ToString("R", CultureInfo.InvariantCulture)))}]";
}
