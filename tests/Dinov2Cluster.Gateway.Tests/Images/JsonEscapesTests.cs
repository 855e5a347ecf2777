using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Tests.Images;

public sealed class JsonEscapesTests
{
    private static readonly JsonSerializerOptions[] _writers =
        [new() { Encoder = JavaScriptEncoder.Default }, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }];

    [Fact]
    public void Whatever_a_writer_escapes_is_read_back() =>
        Gen.Select(Gen.String, Gen.Int[0, 1]).Sample((text, writer) =>
        {
            // Half a surrogate pair becomes U+FFFD in UTF-8.
            var expected = Encoding.UTF8.GetBytes(text);
            var json = JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(expected), _writers[writer]).AsSpan(1..^1);
            var read = new byte[json.Length];
            return JsonEscapes.TryResolve(json, read, out var length) && read.AsSpan(0, length).SequenceEqual(expected);
        });

    [Theory]
    [InlineData("a\\/b\\\\c\\\"d\\b\\f\\n\\r\\t", "a/b\\c\"d\b\f\n\r\t")]
    [InlineData("\\u0041\\u00e9\\u20AC\\ud83d\\uDE00!", "A\u00e9\u20ac\U0001F600!")]
    public void Every_escape_of_json_is_known(string escaped, string expected)
    {
        var json = Encoding.UTF8.GetBytes(escaped);
        var read = new byte[json.Length];

        Assert.True(JsonEscapes.TryResolve(json, read, out var length));
        Assert.Equal(expected, Encoding.UTF8.GetString(read.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\ud800abcdef")]
    [InlineData("\\ud800\\n")]
    [InlineData("\\ud800\\ud800")]
    [InlineData("x\\udc00\\ud800")]
    public void Half_a_surrogate_pair_is_no_text(string escaped)
    {
        var json = Encoding.UTF8.GetBytes(escaped);

        Assert.False(JsonEscapes.TryResolve(json, new byte[json.Length], out _));
    }
}
