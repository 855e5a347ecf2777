using System.ComponentModel.DataAnnotations;
using Dinov2Cluster.Imaging.Preprocessing;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Imaging.Tests.Preprocessing;

public sealed class ImagePreprocessorTests
{
    private readonly ImagePreprocessor _preprocessor = new(new ImagingOptions());

    [Fact]
    public void An_empty_file_is_refused() =>
        ImageErrorAssert.Throws(ImageErrorKind.Empty, () => Preprocess(_preprocessor, []));

    [Fact]
    public void A_file_over_the_limit_is_refused_and_one_at_the_limit_is_not()
    {
        var file = File.ReadAllBytes(GoldenData.Image("noise-5x3.png"));

        Preprocess(new ImagePreprocessor(new ImagingOptions { MaxEncodedBytes = file.Length }), file);

        ImageErrorAssert.Throws(
            ImageErrorKind.EncodedTooLarge,
            () => Preprocess(new ImagePreprocessor(new ImagingOptions { MaxEncodedBytes = file.Length - 1 }), file));
    }

    [Theory]
    [InlineData("noise-5x3.png", 5 * 3)]
    [InlineData("cat.gif", 225 * 150)]
    [InlineData("rocket.bmp", 160 * 107)]
    [InlineData("coffee.webp", 450 * 300)]
    [InlineData("coffee-420.jpg", 600 * 400)]
    public void Too_many_pixels_are_refused_and_as_many_as_allowed_are_not(string name, int pixels)
    {
        var file = File.ReadAllBytes(GoldenData.Image(name));
        Preprocess(new ImagePreprocessor(new ImagingOptions { MaxPixels = pixels }), file);

        ImageErrorAssert.Throws(
            ImageErrorKind.TooManyPixels,
            () => Preprocess(new ImagePreprocessor(new ImagingOptions { MaxPixels = pixels - 1 }), file));
    }

    [Theory]
    [InlineData(1, 60_000)]
    [InlineData(60_000, 1)]
    [InlineData(1, 262_144)]
    [InlineData(262_144, 2)]
    public void A_thin_image_costs_only_its_crop(int width, int height)
    {
        // Its resized image would have up to 15 million rows of 256 pixels, and 256 * 262,144 exceeds the limits of Pillow.
        var pixels = new byte[width * height];
        Array.Fill(pixels, (byte)200);

        var crop = Preprocess(_preprocessor, TestPng.Write(width, height, depth: 8, TestPng.Gray, pixels));

        Assert.All(crop, value => Assert.Equal(200, value));
    }

    [Theory]
    [InlineData(1, 262_145)]
    [InlineData(262_145, 1)]
    public void A_longer_edge_is_refused_however_few_the_pixels(int width, int height) =>
        ImageErrorAssert.Throws(
            ImageErrorKind.TooManyPixels,
            () => Preprocess(_preprocessor, TestPng.Write(width, height, depth: 8, TestPng.Gray, new byte[width * height])));

    [Fact]
    public void A_canceled_request_ends_the_work()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(
            () => _preprocessor.Preprocess(File.ReadAllBytes(GoldenData.Image("cat.png")), new byte[_preprocessor.CropBytes], cancellation.Token));
    }

    [Fact]
    public void A_crop_of_the_wrong_length_is_the_callers_mistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _preprocessor.Preprocess(File.ReadAllBytes(GoldenData.Image("cat.png")), new byte[10], TestContext.Current.CancellationToken));

    [Theory]
    [InlineData(256, 257, 1, 1)]
    [InlineData(0, 0, 1, 1)]
    [InlineData(5000, 224, 1, 1)]
    [InlineData(256, 224, 0, 1)]
    [InlineData(256, 224, 1, 0)]
    public void Options_out_of_range_are_refused(int shortestEdge, int cropSize, int maxEncodedBytes, long maxPixels)
    {
        var options = new ImagingOptions { ShortestEdge = shortestEdge, CropSize = cropSize, MaxEncodedBytes = maxEncodedBytes, MaxPixels = maxPixels };

        Assert.Throws<ValidationException>(() => new ImagePreprocessor(options));
    }

    [Fact]
    public void Other_sizes_give_other_crops()
    {
        var preprocessor = new ImagePreprocessor(new ImagingOptions { ShortestEdge = 3, CropSize = 3 });

        // 3x3 at its own size: neither pass changes it.
        byte[] pixels = [.. Enumerable.Range(0, 27).Select(value => (byte)(value * 9))];

        Assert.Equal(pixels, Preprocess(preprocessor, TestPng.Write(3, 3, depth: 8, TestPng.Rgb, pixels)));
    }

    private static byte[] Preprocess(ImagePreprocessor preprocessor, byte[] file)
    {
        var crop = new byte[preprocessor.CropBytes];
        preprocessor.Preprocess(file, crop, TestContext.Current.CancellationToken);
        return crop;
    }
}
