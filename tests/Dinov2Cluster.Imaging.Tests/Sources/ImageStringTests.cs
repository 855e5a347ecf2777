using System.Text;
using Dinov2Cluster.Imaging.Sources;

namespace Dinov2Cluster.Imaging.Tests.Sources;

public sealed class ImageStringTests
{
    private const int NoLimit = 1 << 20;

    [Theory]
    [InlineData("http://example.com/a.jpg", true)]
    [InlineData("https://example.com/a.jpg", true)]
    [InlineData("HtTpS://example.com/a.jpg", true)]
    [InlineData("httpx://example.com", false)]
    [InlineData("http:/", false)]
    [InlineData("ftp://example.com", false)]
    [InlineData("aHR0cHM6Ly8=", false)]
    [InlineData("", false)]
    public void Only_http_and_https_are_urls(string text, bool expected) =>
        Assert.Equal(expected, ImageString.IsUrl(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("GIF89a", true)]
    [InlineData("BM", true)]
    [InlineData("Qk0=", false)]
    [InlineData("/9j/4AAQ", false)]
    [InlineData("data:image/gif;base64,R0lGODlh", false)]
    [InlineData("https://example.com/a.gif", false)]
    [InlineData("", false)]
    public void A_file_is_distinguished_from_text(string bytes, bool expected) =>
        Assert.Equal(expected, ImageString.IsFile(Encoding.UTF8.GetBytes(bytes)));

    [Fact]
    public void A_url_is_parsed() =>
        Assert.Equal(new Uri("https://example.com/caf%C3%A9?x=1"), ImageString.ParseUrl("https://example.com/café?x=1"u8));

    [Theory]
    [InlineData("http://")]
    [InlineData("http://[::1")]
    [InlineData("https://exa mple.com/")]
    [InlineData("ftp://example.com/")]
    public void Text_that_is_not_a_url_is_refused(string text) =>
        ImageErrorAssert.Throws(ImageErrorKind.InvalidUrl, () => ImageString.ParseUrl(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_url_longer_than_8_KB_is_refused() =>
        ImageErrorAssert.Throws(ImageErrorKind.InvalidUrl, () => ImageString.ParseUrl(Encoding.UTF8.GetBytes("http://a/" + new string('x', 8192))));

    [Fact]
    public void A_url_that_is_not_utf8_is_refused() =>
        ImageErrorAssert.Throws(ImageErrorKind.InvalidUrl, () => ImageString.ParseUrl([.. "http://a/"u8, 0xFF]));

    [Theory]
    [InlineData("data:image/png;base64,QUJD", "ABC")]
    [InlineData("DATA:;BASE64,QUJD", "ABC")]
    [InlineData("data:image/png;name=a.png;charset=utf-8;base64,QU\nJD", "ABC")]
    [InlineData("data:;base64,QUJDRA%3D%3D", "ABCD")]
    [InlineData("data:;base64,QUJDRA%3d%3d", "ABCD")]
    [InlineData("data:,ABC", "ABC")]
    [InlineData("data:image/gif,%47IF8%39a", "GIF89a")]
    [InlineData("data:text/plain;base64x,a,b", "a,b")]
    public void A_data_uri_gives_its_content(string text, string expected)
    {
        using var decoded = ImageString.Decode(Encoding.UTF8.GetBytes(text), NoLimit);

        Assert.Equal(expected, Encoding.Latin1.GetString(decoded.Memory.Span));
    }

    [Theory]
    [InlineData("data:")]
    [InlineData("data:image/png;base64")]
    [InlineData("data:,%4")]
    [InlineData("data:,%")]
    [InlineData("data:,%%%")]
    [InlineData("data:,abc%")]
    [InlineData("data:,a%41%")]
    [InlineData("data:,%4x")]
    [InlineData("data:,% 4")]
    [InlineData("data:;base64,QUJD%3")]
    public void A_broken_data_uri_is_refused(string text) =>
        ImageErrorAssert.Throws(ImageErrorKind.InvalidDataUri, () => ImageString.Decode(Encoding.UTF8.GetBytes(text), NoLimit));

    [Fact]
    public void Bad_base64_in_a_data_uri_is_bad_base64() =>
        ImageErrorAssert.Throws(ImageErrorKind.InvalidBase64, () => ImageString.Decode("data:;base64,QUJDR"u8, NoLimit));

    [Theory]
    [InlineData("")]
    [InlineData("====")]
    [InlineData(" \r\n\t")]
    [InlineData("!?")]
    [InlineData("data:,")]
    [InlineData("data:;base64,")]
    public void A_string_of_nothing_is_empty(string text) =>
        ImageErrorAssert.Throws(ImageErrorKind.Empty, () => ImageString.Decode(Encoding.UTF8.GetBytes(text), NoLimit));

    [Theory]
    [InlineData("QUJDRA==")]
    [InlineData("Q U J D R A = =")]
    [InlineData("QUJDRA")]
    [InlineData("data:;base64,QUJDRA==")]
    [InlineData("data:,ABCD")]
    public void The_limit_is_on_the_decoded_size(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);

        using var decoded = ImageString.Decode(utf8, 4);

        Assert.Equal(4, decoded.Length);
        ImageErrorAssert.Throws(ImageErrorKind.EncodedTooLarge, () => ImageString.Decode(utf8, 3));
    }
}
