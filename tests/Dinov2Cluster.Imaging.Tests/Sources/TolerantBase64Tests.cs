using System.Text;
using CsCheck;
using Dinov2Cluster.Imaging.Sources;

namespace Dinov2Cluster.Imaging.Tests.Sources;

public sealed class TolerantBase64Tests
{
    private const int NoLimit = 1 << 20;

    // The results of base64.b64decode(text) in CPython 3.11.
    [Theory]
    [InlineData("QUJD", "ABC")]
    [InlineData("QUJDRA==", "ABCD")]
    [InlineData("QU JD\n", "ABC")]
    [InlineData("QUJD\r\nQUJD\r\n", "ABCABC")]
    [InlineData("QU*JD!", "ABC")]
    [InlineData("====QUJD", "ABC")]
    [InlineData("Q=UJD", "ABC")]
    [InlineData("QU=JD", "ABC")]
    [InlineData("QUJD=", "ABC")]
    [InlineData("QUJD==", "ABC")]
    [InlineData("QQ==QUJD", "A")]
    [InlineData("QQ====", "A")]
    [InlineData("QQ=\n=", "A")]
    [InlineData("QQ=*=", "A")]
    [InlineData("QR==", "A")]
    [InlineData("Q=Q==", "A")]
    [InlineData("QQ=Q=", "A\x04")]
    [InlineData("QUI=QUJD", "AB")]
    [InlineData("QU=I=", "AB")]
    [InlineData("QUI==", "AB")]
    [InlineData("=", "")]
    [InlineData("!!!!", "")]
    [InlineData("QQ==\x01", "A")]
    public void Decodes_what_Python_decodes(string text, string expected) => Assert.Equal(expected, Decode(text));

    // CPython: "Incorrect padding", "cannot be 1 more than a multiple of 4", "should contain only ASCII characters".
    [Theory]
    [InlineData("QUJDRA=")]
    [InlineData("Q=Q=")]
    [InlineData("Q")]
    [InlineData("QUJDR")]
    [InlineData("QUJDR===")]
    [InlineData("A===")]
    [InlineData("QUJDé")]
    [InlineData("QQ==é")]
    public void Refuses_what_Python_refuses(string text) =>
        ImageErrorAssert.Throws(ImageErrorKind.InvalidBase64, () => Decode(text));

    // In addition to Python, which reports "Incorrect padding" or drops the characters.
    [Theory]
    [InlineData("QUJDRA", "ABCD")]
    [InlineData("QUJDREU", "ABCDE")]
    [InlineData("QUJD\nRA", "ABCD")]
    [InlineData("-_-_", "ûÿ¿")]
    [InlineData("+_-/", "ûÿ¿")]
    [InlineData("_w", "ÿ")]
    [InlineData("_w==", "ÿ")]
    public void Accepts_unpadded_and_url_safe_text(string text, string expected) => Assert.Equal(expected, Decode(text));

    [Fact]
    public void Any_bytes_survive_line_breaks_garbage_and_either_alphabet()
    {
        var junk = Gen.OneOf(" ", "\r\n", "\t", "\0", "*", "%", "\x7f", ".");
        var insertions = Gen.Select(Gen.Int[0, 1000], junk).Array[0, 20];
        Gen.Select(Gen.Byte.Array[0, 300], insertions, Gen.Bool, Gen.Bool).Sample((bytes, junk, padded, urlSafe) =>
        {
            var text = new StringBuilder(Convert.ToBase64String(bytes));
            if (!padded)
            {
                text.Replace("=", "");
            }

            if (urlSafe)
            {
                text.Replace('+', '-').Replace('/', '_');
            }

            foreach (var (position, characters) in junk)
            {
                text.Insert(position % (text.Length + 1), characters);
            }

            using var decoded = TolerantBase64.Decode(Encoding.ASCII.GetBytes(text.ToString()), Math.Max(bytes.Length, 1));
            return decoded.Memory.Span.SequenceEqual(bytes);
        });
    }

    [Fact]
    public void The_vectorized_and_the_tolerant_decoder_agree()
    {
        // A character outside the alphabet at the end selects the other decoder.
        var character = Gen.OneOf("AZaz09+/=\n ".ToCharArray());
        character.Array[0, 40].Select(characters => new string(characters)).Sample(text => Outcome(text) == Outcome(text + "\x01"));
    }

    private static string Outcome(string text)
    {
        try
        {
            return Decode(text);
        }
        catch (ImageException exception)
        {
            return exception.Kind.ToString();
        }
    }

    private static string Decode(string text)
    {
        using var decoded = TolerantBase64.Decode(Encoding.UTF8.GetBytes(text), NoLimit);
        return Encoding.Latin1.GetString(decoded.Memory.Span);
    }
}
