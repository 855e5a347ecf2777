using Dinov2Cluster.Imaging.Decoding;
using Dinov2Cluster.TestSupport;
using NetVips;

namespace Dinov2Cluster.Imaging.Tests.Decoding;

public sealed class VipsDecoderTests
{
    [Fact]
    public void Sixteen_bit_samples_keep_their_upper_eight_bits()
    {
        // PNG is big-endian.
        DecodedImage.AssertRows(TestPng.Write(2, 1, depth: 16, TestPng.Gray, [0x12, 0xFF, 0x00, 0xFF]), "121212 000000");
        DecodedImage.AssertRows(TestPng.Write(1, 1, depth: 16, TestPng.Rgb, [0x12, 0xFF, 0x34, 0x80, 0x56, 0x7F]), "123456");
        DecodedImage.AssertRows(TestPng.Write(1, 1, depth: 16, TestPng.RgbAlpha, [0x12, 0xFF, 0x34, 0x80, 0x56, 0x7F, 0, 0]), "123456");
        DecodedImage.AssertRows(TestPng.Write(1, 1, depth: 16, TestPng.GrayAlpha, [0x12, 0xFF, 0, 0]), "121212");
        // This TIFF is little-endian.
        DecodedImage.AssertRows(TestTiff.Write(2, 1, bits: 16, TestTiff.BlackIsZero, samples: 1, [0xFF, 0x12, 0xFF, 0x00]), "121212 000000");
        DecodedImage.AssertRows(TestTiff.Write(1, 1, bits: 16, TestTiff.Rgb, samples: 3, [0xFF, 0x12, 0x80, 0x34, 0x7F, 0x56]), "123456");
    }

    [Fact]
    public void Few_bits_of_gray_span_black_to_white()
    {
        DecodedImage.AssertRows(TestPng.Write(4, 1, depth: 1, TestPng.Gray, [0b1010_0000]), "FFFFFF 000000 FFFFFF 000000");
        DecodedImage.AssertRows(TestPng.Write(4, 1, depth: 2, TestPng.Gray, [0b0001_1011]), "000000 555555 AAAAAA FFFFFF");
        DecodedImage.AssertRows(TestPng.Write(2, 1, depth: 4, TestPng.Gray, [0x1F]), "111111 FFFFFF");
        DecodedImage.AssertRows(TestTiff.Write(4, 1, bits: 1, TestTiff.BlackIsZero, samples: 1, [0b1010_0000]), "FFFFFF 000000 FFFFFF 000000");
    }

    [Fact]
    public void Alpha_is_dropped_and_not_composited()
    {
        DecodedImage.AssertRows(TestPng.Write(2, 1, depth: 8, TestPng.RgbAlpha, [1, 2, 3, 0, 4, 5, 6, 128]), "010203 040506");
        DecodedImage.AssertRows(TestPng.Write(2, 1, depth: 8, TestPng.GrayAlpha, [9, 0, 8, 255]), "090909 080808");
    }

    [Fact]
    public void Tiff_says_whether_zero_is_white() => DecodedImage.AssertRows(
        TestTiff.Write(2, 1, bits: 8, TestTiff.WhiteIsZero, samples: 1, [0, 200]),
        "FFFFFF 373737");

    [Fact]
    public void Tiff_palettes_have_sixteen_bits_per_color()
    {
        // All reds, then all greens, then all blues.
        var map = new ushort[3 * 256];
        (map[7], map[256 + 7], map[512 + 7]) = (0x12FF, 0x3400, 0x5680);

        DecodedImage.AssertRows(TestTiff.Write(1, 1, bits: 8, TestTiff.Palette, samples: 1, [7], colorMap: map), "123456");
    }

    [Fact]
    public void Ink_is_subtracted_as_Pillow_rounds_it() => DecodedImage.AssertRows(
        // nk = 255 - K; nk - round(ink * nk / 255).
        TestTiff.Write(2, 1, bits: 8, TestTiff.Cmyk, samples: 4, [0, 255, 128, 0, 10, 100, 200, 55]),
        "FF007F C07A2B");

    [Fact]
    public void Tiffs_own_orientation_is_applied()
    {
        byte[] pixels = [1, 1, 1, 2, 2, 2];

        DecodedImage.AssertRows(TestTiff.Write(2, 1, bits: 8, TestTiff.Rgb, samples: 3, pixels), "010101 020202");
        DecodedImage.AssertRows(TestTiff.Write(2, 1, bits: 8, TestTiff.Rgb, samples: 3, pixels, orientation: 3), "020202 010101");
        DecodedImage.AssertRows(TestTiff.Write(2, 1, bits: 8, TestTiff.Rgb, samples: 3, pixels, orientation: 6), "010101", "020202");
        DecodedImage.AssertRows(TestTiff.Write(2, 1, bits: 8, TestTiff.Rgb, samples: 3, pixels, orientation: 8), "020202", "010101");
    }

    [Fact]
    public void Samples_other_than_8_or_16_bit_numbers_are_unsupported() => ImageErrorAssert.Throws(
        ImageErrorKind.UnsupportedFormat,
        () => DecodedImage.From(TestTiff.Write(1, 1, bits: 32, TestTiff.BlackIsZero, samples: 1, new byte[4], sampleFormat: TestTiff.SampleFormatFloat)));

    [Fact]
    public void Only_the_four_loaders_in_use_are_open()
    {
        VipsLibrary.EnsureInitialized();

        using var png = Image.NewFromBuffer(File.ReadAllBytes(GoldenData.Image("cat.png")));
        Assert.Throws<VipsException>(() => Image.NewFromBuffer(File.ReadAllBytes(GoldenData.Image("cat.gif"))));
        Assert.Throws<VipsException>(() => Image.NewFromBuffer("P6\n1 1\n255\nabc"));
        Assert.Throws<VipsException>(() => Image.NewFromBuffer("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>"));
    }
}
