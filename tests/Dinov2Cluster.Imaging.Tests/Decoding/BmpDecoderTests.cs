using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Imaging.Tests.Decoding;

public sealed class BmpDecoderTests
{
    private static readonly byte[] _fourColors = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 10, 20, 30, 0];

    [Fact]
    public void One_bit_pixels_start_at_the_upper_bit() => DecodedImage.AssertRows(
        TestBmp.Write(3, 2, bits: 1, [0b1010_0000, 0, 0, 0, 0b0100_0000, 0, 0, 0], palette: _fourColors[..8]),
        "FF0000 00FF00 FF0000",
        "00FF00 FF0000 00FF00");

    [Fact]
    public void Four_bit_pixels_start_at_the_upper_half() => DecodedImage.AssertRows(
        TestBmp.Write(3, 1, bits: 4, [0x01, 0x20, 0, 0], palette: _fourColors),
        "FF0000 00FF00 0000FF");

    [Fact]
    public void An_index_past_the_palette_is_its_own_gray_level() => DecodedImage.AssertRows(
        TestBmp.Write(3, 1, bits: 8, [3, 4, 200, 0], palette: _fourColors),
        "1E140A 040404 C8C8C8");

    [Fact]
    public void Rows_go_up_unless_the_height_is_negative()
    {
        byte[] pixels = [1, 2, 3, 0, 4, 5, 6, 0];

        DecodedImage.AssertRows(TestBmp.Write(1, 2, bits: 24, pixels), "060504", "030201");
        DecodedImage.AssertRows(TestBmp.Write(1, -2, bits: 24, pixels), "030201", "060504");
    }

    [Fact]
    public void Sixteen_bit_pixels_have_five_bits_per_color() => DecodedImage.AssertRows(
        TestBmp.Write(2, 1, bits: 16, [0xFF, 0x7F, 0x21, 0x0C]),
        // 0x0C21: red 3, green 1, blue 1, each times 255 / 31.
        "FFFFFF 180808");

    [Fact]
    public void Bit_fields_say_which_bits_are_which_color() => DecodedImage.AssertRows(
        TestBmp.Write(2, 1, bits: 16, [0xE0, 0x07, 0x21, 0x18], compression: 3, masks: [0xF800, 0x07E0, 0x001F]),
        // 0x1821: red 3 of 31, green 1 of 63, blue 1 of 31.
        "00FF00 180408");

    [Fact]
    public void Thirty_two_bit_pixels_lose_their_alpha()
    {
        byte[] pixel = [1, 2, 3, 4];

        DecodedImage.AssertRows(TestBmp.Write(1, 1, bits: 32, pixel), "030201");
        DecodedImage.AssertRows(TestBmp.Write(1, 1, bits: 32, pixel, compression: 3, masks: [0xFF, 0xFF00, 0xFF0000, 0xFF000000], headerBytes: 108), "010203");
        DecodedImage.AssertRows(TestBmp.Write(1, 1, bits: 32, pixel, compression: 3, masks: [0, 0, 0, 0], headerBytes: 124), "030201");
        DecodedImage.AssertRows(TestBmp.Write(1, 1, bits: 32, pixel, compression: 3, masks: [0x3FF00000, 0xFFC00, 0x3FF]), Ten(0x04030201));
    }

    [Fact]
    public void The_oldest_header_has_three_bytes_per_color() => DecodedImage.AssertRows(
        TestBmp.WriteCore(2, 1, bits: 8, palette: [.. new byte[3], 30, 20, 10, .. new byte[254 * 3]], [1, 0, 0, 0]),
        "0A141E 000000");

    [Theory]
    [InlineData(0)]
    [InlineData(54)]
    public void An_offset_that_points_at_the_palette_means_behind_it(int offset) => DecodedImage.AssertRows(
        TestBmp.Write(1, 1, bits: 8, [2, 0, 0, 0], palette: _fourColors, offset: offset),
        "0000FF");

    [Fact]
    public void Runs_of_eight_bits() => DecodedImage.AssertRows(
        // Three 1s, end of line; literal 0 1 2 padded, then one 3.
        TestBmp.Write(4, 2, bits: 8, [3, 1, 0, 0, 0, 3, 0, 1, 2, 0, 1, 3, 0, 1], compression: 1, palette: _fourColors),
        "FF0000 00FF00 0000FF 1E140A",
        "00FF00 00FF00 00FF00 FF0000");

    [Fact]
    public void A_run_ends_with_its_row_and_a_delta_leaves_index_0() => DecodedImage.AssertRows(
        // 255 of color 1 fill one row of three; skip two columns and a row; then one 2.
        TestBmp.Write(3, 3, bits: 8, [255, 1, 0, 2, 2, 1, 1, 2, 0, 1], compression: 1, palette: _fourColors),
        "FF0000 FF0000 0000FF",
        "FF0000 FF0000 FF0000",
        "00FF00 00FF00 00FF00");

    [Fact]
    public void Runs_of_four_bits_alternate() => DecodedImage.AssertRows(
        // Three of 1, 2; then literal 3 0 1, whose two bytes need no padding.
        TestBmp.Write(6, 1, bits: 4, [3, 0x12, 0, 3, 0x30, 0x10, 0, 1], compression: 2, palette: _fourColors),
        "00FF00 0000FF 00FF00 1E140A FF0000 00FF00");

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    [InlineData(1, int.MinValue)]
    public void An_impossible_size_is_corrupt(int width, int height) =>
        ImageErrorAssert.Throws(ImageErrorKind.Corrupt, () => DecodedImage.From(TestBmp.Write(width, height, bits: 24, new byte[64])));

    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 0)]
    [InlineData(24, 1)]
    [InlineData(8, 2)]
    [InlineData(8, 3)]
    [InlineData(24, 4)]
    [InlineData(24, 5)]
    [InlineData(24, -1)]
    public void An_unknown_coding_is_unsupported(int bits, int compression) =>
        ImageErrorAssert.Throws(ImageErrorKind.UnsupportedFormat, () => DecodedImage.From(TestBmp.Write(1, 1, bits, new byte[64], compression)));

    [Fact]
    public void Masks_with_holes_are_unsupported() => ImageErrorAssert.Throws(
        ImageErrorKind.UnsupportedFormat,
        () => DecodedImage.From(TestBmp.Write(1, 1, bits: 32, new byte[4], compression: 3, masks: [0xF0F, 0xF000, 0xF0000])));

    [Theory]
    [InlineData(new byte[] { 5, 1 })]
    [InlineData(new byte[] { 5, 1, 0, 1 })]
    [InlineData(new byte[] { 0, 3, 1 })]
    [InlineData(new byte[] { 0, 2, 1 })]
    [InlineData(new byte[] { 5 })]
    public void Run_lengths_that_give_too_few_pixels_are_corrupt(byte[] code) => ImageErrorAssert.Throws(
        ImageErrorKind.Corrupt,
        () => DecodedImage.From(TestBmp.Write(4, 4, bits: 8, code, compression: 1, palette: _fourColors)));

    [Fact]
    public void A_size_that_the_file_cannot_hold_is_corrupt() =>
        ImageErrorAssert.Throws(ImageErrorKind.Corrupt, () => DecodedImage.From(TestBmp.Write(9000, 9000, bits: 32, new byte[64])));

    private static string Ten(uint pixel) =>
        string.Concat(Enumerable.Range(0, 3).Select(color => ((byte)(((pixel >> (20 - (10 * color))) & 1023) * 255 / 1023)).ToString("X2", null)));
}
