using Dinov2Cluster.Imaging.Preprocessing;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Imaging.Tests.Preprocessing;

public sealed class GoldenCropTests
{
    private readonly ImagePreprocessor _preprocessor = new(new ImagingOptions());

    public static TheoryData<string> Images => [.. GoldenData.Images];

    [Theory]
    [MemberData(nameof(Images))]
    public void Crop_equals_Pillows_to_the_byte(string name)
    {
        var crop = new byte[_preprocessor.CropBytes];

        _preprocessor.Preprocess(File.ReadAllBytes(GoldenData.Image(name)), crop, TestContext.Current.CancellationToken);

        Assert.Equal(GoldenData.Crop(name), crop);
    }

    [Fact]
    public async Task Sixty_four_crops_at_once_equal_Pillows()
    {
        var files = GoldenData.Images.Select(name => File.ReadAllBytes(GoldenData.Image(name))).ToArray();
        var expected = GoldenData.Images.Select(GoldenData.Crop).ToArray();

        var crops = await Task.WhenAll(Enumerable.Range(0, 64).Select(index => Task.Run(
            () =>
            {
                var crop = new byte[_preprocessor.CropBytes];
                _preprocessor.Preprocess(files[index % files.Length], crop, TestContext.Current.CancellationToken);
                return crop;
            },
            TestContext.Current.CancellationToken)));

        for (var index = 0; index < crops.Length; index++)
        {
            Assert.Equal(expected[index % expected.Length], crops[index]);
        }
    }
}
