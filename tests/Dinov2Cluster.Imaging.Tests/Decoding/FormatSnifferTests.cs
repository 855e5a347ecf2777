using System.Text;
using Dinov2Cluster.Imaging.Decoding;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Imaging.Tests.Decoding;

public sealed class FormatSnifferTests
{
    [Theory]
    [InlineData("coffee-420.jpg", nameof(ImageFormat.Jpeg))]
    [InlineData("cat.png", nameof(ImageFormat.Png))]
    [InlineData("coffee.webp", nameof(ImageFormat.WebP))]
    [InlineData("cat.gif", nameof(ImageFormat.Gif))]
    [InlineData("rocket.bmp", nameof(ImageFormat.Bmp))]
    public void Golden_images_are_detected_by_their_first_bytes(string name, string format) =>
        Assert.Equal(format, FormatSniffer.Sniff(File.ReadAllBytes(GoldenData.Image(name))).ToString());

    [Theory]
    [InlineData("II*\0")]
    [InlineData("MM\0*")]
    [InlineData("II+\0")]
    [InlineData("MM\0+")]
    public void Tiff_has_two_byte_orders_and_two_sizes(string magic) =>
        Assert.Equal(ImageFormat.Tiff, FormatSniffer.Sniff(Encoding.Latin1.GetBytes(magic)));

    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"/>")]
    [InlineData("<?xml version=\"1.0\"?><svg/>")]
    [InlineData("%PDF-1.7\n")]
    [InlineData("\0\0\0\x18" + "ftypheic\0\0\0\0mif1heic")]
    [InlineData("\0\0\0\x18" + "ftypavif\0\0\0\0avifmif1")]
    [InlineData("P6\n1 1\n255\nabc")]
    [InlineData("#?RADIANCE\n")]
    [InlineData("\x08\xf2\xa6\xb6")]
    [InlineData("8BPS\0\x01")]
    [InlineData("\0\0\x01\0\x01\0")]
    [InlineData("\xff\x0a")]
    [InlineData("SIMPLE  =                    T")]
    [InlineData("GIF88a")]
    [InlineData("RIFF\x10\0\0\0WAVEfmt ")]
    [InlineData("RIFF")]
    [InlineData("1,2,3\n4,5,6\n")]
    [InlineData("x")]
    public void Anything_else_is_refused_before_decoding(string file) =>
        ImageErrorAssert.Throws(ImageErrorKind.UnsupportedFormat, () => ImageDecoder.Open(Encoding.Latin1.GetBytes(file), long.MaxValue));
}
