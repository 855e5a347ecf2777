using Dinov2Cluster.Imaging.Preprocessing;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Imaging.Tests.Decoding;

/// <summary>For any bytes, the only exception is <see cref="ImageException"/>, and the next image is decoded as usual.</summary>
public sealed class MalformedImageTests
{
    private const int Cuts = 40;
    private const int Flips = 60;
    private readonly ImagePreprocessor _preprocessor = new(new ImagingOptions());

    public static TheoryData<string> Images => [.. GoldenData.Images];

    [Theory]
    [MemberData(nameof(Images))]
    public void A_truncated_file_is_refused(string name)
    {
        var file = File.ReadAllBytes(GoldenData.Image(name));
        // Like Pillow, we do not need the very end of a file: a BMP's padding, a GIF's trailer.
        var lastCut = file.Length - 16;

        for (var cut = 1; cut <= Cuts; cut++)
        {
            var length = (int)((long)lastCut * cut / Cuts);
            var exception = Assert.Throws<ImageException>(() => Preprocess(file[..Math.Max(length, 1)]));
            Assert.Contains(exception.Kind, (ImageErrorKind[])[ImageErrorKind.Corrupt, ImageErrorKind.UnsupportedFormat]);
        }

        Assert.Equal(GoldenData.Crop(name), Preprocess(file));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void A_damaged_file_gives_pixels_or_an_image_error(string name)
    {
        var file = File.ReadAllBytes(GoldenData.Image(name));
        var random = new Random(12345);
        for (var flip = 0; flip < Flips; flip++)
        {
            var damaged = (byte[])file.Clone();
            // Half of the damage is in the header, where it matters most.
            var range = flip % 2 == 0 ? Math.Min(64, file.Length) : file.Length;
            damaged[random.Next(range)] ^= (byte)(1 << random.Next(8));
            var exception = Record.Exception(() => Preprocess(damaged));
            Assert.True(exception is null or ImageException, exception?.ToString());
        }

        Assert.Equal(GoldenData.Crop(name), Preprocess(file));
    }

    [Fact]
    public void Noise_after_any_magic_gives_pixels_or_an_image_error()
    {
        byte[][] magics =
        [
            [0xFF, 0xD8, 0xFF, 0xE0],
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A],
            [.. "RIFF\x10\0\0\0WEBPVP8 "u8],
            [.. "GIF89a"u8],
            [.. "BM"u8],
            [.. "II*\0\x08\0\0\0"u8],
        ];
        var random = new Random(54321);
        var noise = new byte[300];
        foreach (var magic in magics)
        {
            for (var round = 0; round < 50; round++)
            {
                random.NextBytes(noise);
                var exception = Record.Exception(() => Preprocess([.. magic, .. noise]));
                Assert.True(exception is null or ImageException, exception?.ToString());
            }

            Assert.Throws<ImageException>(() => Preprocess(magic));
        }
    }

    [Fact]
    public void Bombs_are_refused_by_their_headers()
    {
        ImageErrorAssert.Throws(ImageErrorKind.TooManyPixels, () => Preprocess(TestPng.WriteChunks(50_000, 50_000, depth: 8, TestPng.Rgb, [0x78, 0x9C])));
        ImageErrorAssert.Throws(ImageErrorKind.TooManyPixels, () => Preprocess(TestGif.Write((60_000, 60_000), (0, 0, 1, 1), [0])));
        ImageErrorAssert.Throws(ImageErrorKind.TooManyPixels, () => Preprocess(TestBmp.Write(50_000, 50_000, bits: 8, [0, 1], compression: 1, palette: new byte[1024])));
        ImageErrorAssert.Throws(ImageErrorKind.TooManyPixels, () => Preprocess(TestTiff.Write(50_000, 50_000, bits: 8, TestTiff.Rgb, samples: 3, [0])));
    }

    [Fact]
    public void A_polyglot_is_only_what_it_starts_as()
    {
        var png = File.ReadAllBytes(GoldenData.Image("cat.png"));
        var gif = File.ReadAllBytes(GoldenData.Image("cat.gif"));

        // Bytes after the end of a file are ignored.
        Assert.Equal(GoldenData.Crop("cat.png"), Preprocess([.. png, .. gif, .. "<script>"u8]));
        Assert.Equal(GoldenData.Crop("cat.gif"), Preprocess([.. gif, .. png, .. "PK\x03\x04"u8]));
        // The PNG's own magic, read as a GIF's screen, is 20,617 by 18,254 pixels.
        ImageErrorAssert.Throws(ImageErrorKind.TooManyPixels, () => Preprocess([.. "GIF89a"u8, .. png]));
        ImageErrorAssert.Throws(ImageErrorKind.Corrupt, () => Preprocess([0xFF, 0xD8, 0xFF, .. png]));
        ImageErrorAssert.Throws(ImageErrorKind.UnsupportedFormat, () => Preprocess([.. "%PDF-1.4\n"u8, .. png]));
        ImageErrorAssert.Throws(ImageErrorKind.UnsupportedFormat, () => Preprocess([0, .. png]));
    }

    [Fact]
    public void A_message_reveals_nothing_of_the_decoder()
    {
        var file = File.ReadAllBytes(GoldenData.Image("cat.png"));

        var exception = Assert.Throws<ImageException>(() => Preprocess(file[..(file.Length / 2)]));

        Assert.Equal("The image is truncated or corrupt.", exception.Message);
        Assert.NotNull(exception.InnerException);
    }

    private byte[] Preprocess(byte[] file)
    {
        var crop = new byte[_preprocessor.CropBytes];
        _preprocessor.Preprocess(file, crop, TestContext.Current.CancellationToken);
        return crop;
    }
}
