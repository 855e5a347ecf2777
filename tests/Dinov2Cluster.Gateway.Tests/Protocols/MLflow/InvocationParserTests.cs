using System.Text;
using System.Text.Json;
using CsCheck;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Protocols.MLflow;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Tests.Protocols.MLflow;

public sealed class InvocationParserTests
{
    private static readonly string[] _columns = ["image"];

    private static readonly string[] _seeds =
    [
        """{"dataframe_split":{"columns":["id","image"],"index":[1],"data":[[1,"zz\/z\ud83d\ude00"]]}}""",
        """{"params":{"normalize":true},"dataframe_records":[{"image":"aaaa"},{"image":"bb"}]}""",
        """{"instances":["aaaa",{"image":"b\nb"}]}""",
        """{"inputs":{"id":[1],"image":["aaaa"]}}""",
    ];

    [Fact]
    public void Every_string_is_found_as_it_was_written() =>
        Gen.Select(Gen.String.Array[0, 20], Gen.Int[0, 5]).Sample((images, form) =>
        {
            // Lone surrogates can't be written as JSON text; the serializer replaces them.
            var expected = images.Select(image => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(image)));
            return InvocationParser.Parse(Body(images, form), 20).Images.Select(ImageText.Of).SequenceEqual(expected);
        });

    [Fact]
    public void Any_mutation_of_a_body_parses_or_is_refused() => BodyMutation.Of(_seeds).Sample(body =>
    {
        try
        {
            foreach (var image in InvocationParser.Parse(body, 3).Images.Where(image => image.Kind == ImageInputKind.JsonText))
            {
                image.Unescape().Dispose();
            }
        }
        catch (Exception error) when (error is EmbeddingException or ImageException)
        {
            // Told to the client as a 4xx. Anything else fails the test.
        }
    });

    private static byte[] Body(string[] images, int form)
    {
        var records = images.Select(image => new { image });
        return form switch
        {
            0 => JsonSerializer.SerializeToUtf8Bytes(new { dataframe_split = new { columns = _columns, data = images.Select(image => new[] { image }) } }),
            1 => JsonSerializer.SerializeToUtf8Bytes(new { dataframe_records = records }),
            2 => JsonSerializer.SerializeToUtf8Bytes(new { instances = images }),
            3 => JsonSerializer.SerializeToUtf8Bytes(new { instances = records }),
            4 => JsonSerializer.SerializeToUtf8Bytes(new { inputs = images }),
            _ => JsonSerializer.SerializeToUtf8Bytes(new { inputs = new { image = images } }),
        };
    }
}
