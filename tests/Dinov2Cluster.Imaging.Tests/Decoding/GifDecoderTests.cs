using CsCheck;

namespace Dinov2Cluster.Imaging.Tests.Decoding;

public sealed class GifDecoderTests
{
    private static readonly byte[] _fourColors = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30];

    [Fact]
    public void A_transparent_pixel_shows_its_color() => DecodedImage.AssertRows(
        TestGif.Write((3, 1), (0, 0, 3, 1), [0, 1, 2], _fourColors, transparent: 1),
        "FF0000 00FF00 0000FF");

    [Fact]
    public void A_frames_own_palette_comes_first() => DecodedImage.AssertRows(
        TestGif.Write((2, 1), (0, 0, 2, 1), [0, 1], _fourColors, localPalette: [1, 2, 3, 4, 5, 6]),
        "010203 040506");

    [Fact]
    public void Without_a_palette_an_index_is_a_gray_level() => DecodedImage.AssertRows(
        TestGif.Write((2, 1), (0, 0, 2, 1), [0, 77]),
        "000000 4D4D4D");

    [Fact]
    public void Around_a_small_frame_lies_index_0() => DecodedImage.AssertRows(
        TestGif.Write((3, 2), (1, 1, 1, 1), [2], _fourColors),
        "FF0000 FF0000 FF0000",
        "FF0000 0000FF FF0000");

    [Fact]
    public void Around_a_small_frame_lies_the_transparent_index_if_there_is_one() => DecodedImage.AssertRows(
        TestGif.Write((3, 1), (1, 0, 1, 1), [2], _fourColors, transparent: 3),
        "0A141E 0000FF 0A141E");

    [Fact]
    public void A_frame_that_leaves_the_screen_makes_it_larger() => DecodedImage.AssertRows(
        TestGif.Write((1, 1), (1, 0, 1, 2), [1, 2], _fourColors),
        "FF0000 00FF00",
        "FF0000 0000FF");

    [Fact]
    public void Interlaced_rows_come_in_four_passes()
    {
        byte[] order = [0, 8, 4, 12, 2, 6, 10, 1, 3, 5, 7, 9, 11];

        var image = DecodedImage.From(TestGif.Write((1, 13), (0, 0, 1, 13), order, interlaced: true));

        Assert.Equal(Enumerable.Range(0, 13).Select(y => $"{y:X2}{y:X2}{y:X2}"), image.Rows);
    }

    [Fact]
    public void Any_pixels_survive_any_code_size()
    {
        var cases =
            from symbolBits in Gen.Int[2, 8]
            from width in Gen.Int[1, 120]
            from height in Gen.Int[1, 90]
            from colors in Gen.Int[1, 1 << symbolBits]
            from indices in Gen.Int[0, colors - 1].Select(value => (byte)value).Array[width * height]
            select (symbolBits, width, height, indices);
        cases.Sample(
            (symbolBits, width, height, indices) =>
            {
                var image = DecodedImage.From(TestGif.Write((width, height), (0, 0, width, height), indices, symbolBits: symbolBits));
                return image.Rgb.Where((_, index) => index % 3 == 0).SequenceEqual(indices);
            },
            iter: 200);
    }

    [Fact]
    public void Too_few_pixels_are_corrupt() =>
        ImageErrorAssert.Throws(ImageErrorKind.Corrupt, () => DecodedImage.From(TestGif.Write((4, 4), (0, 0, 4, 4), [1, 2, 3], _fourColors)));

    [Fact]
    public void A_frame_without_area_is_corrupt() =>
        ImageErrorAssert.Throws(ImageErrorKind.Corrupt, () => DecodedImage.From(TestGif.Write((4, 4), (0, 0, 0, 4), [1], _fourColors)));

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(255)]
    public void A_code_size_out_of_range_is_corrupt(byte symbolBits)
    {
        var file = TestGif.Write((1, 1), (0, 0, 1, 1), [0]);
        // From the end: trailer, end of blocks, three codes in four bytes, block length, code size.
        file[^8] = symbolBits;

        ImageErrorAssert.Throws(ImageErrorKind.Corrupt, () => DecodedImage.From(file));
    }

    [Fact]
    public void A_huge_screen_is_refused_before_it_is_allocated() =>
        ImageErrorAssert.Throws(ImageErrorKind.TooManyPixels, () => DecodedImage.From(TestGif.Write((65535, 65535), (0, 0, 1, 1), [0])));

    [Fact]
    public void A_file_without_a_frame_is_corrupt() =>
        ImageErrorAssert.Throws(ImageErrorKind.Corrupt, () => DecodedImage.From((byte[])[.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, (byte)';']));
}
