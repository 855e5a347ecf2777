using System.Text;
using System.Text.Json;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Images;

public sealed class PixelValuesTests
{
    private static readonly PixelNormalization _published = PixelNormalization.Published;

    // 17 pixels are one vector and a rest of one.
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(31)]
    public void Every_value_of_every_channel_comes_back(int pixels)
    {
        for (var start = 0; start < 256; start++)
        {
            var crop = new byte[pixels * 3];
            for (var i = 0; i < crop.Length; i++)
            {
                crop[i] = (byte)(start + (i * 7));
            }

            Assert.Equal(crop, Undo(TestPixels.Normalize(crop, _published)));
        }
    }

    [Fact]
    public void Golden_crops_come_back()
    {
        foreach (var image in GoldenData.Images)
        {
            var crop = GoldenData.Crop(image);

            Assert.Equal(crop, Undo(TestPixels.Normalize(crop, _published)));
        }
    }

    [Fact]
    public void Another_normalization_is_undone_too()
    {
        var halves = new PixelNormalization(1 / 127.5, new(1, 1, 1), new(1, 1, 1));
        var crop = Enumerable.Range(0, 256 * 3).Select(i => (byte)(i / 3)).ToArray();

        Assert.Equal(crop, Undo(TestPixels.Normalize(crop, halves), halves));
    }

    [Theory]
    [InlineData(-0.49f, 0)]
    [InlineData(0.49f, 0)]
    [InlineData(0.51f, 1)]
    [InlineData(254.4f, 254)]
    [InlineData(255.49f, 255)]
    public void A_value_between_two_pixels_is_rounded(float step, byte pixel)
    {
        foreach (var at in (int[])[0, 15, 16, 40, 50])
        {
            var values = TestPixels.Normalize(new byte[51], _published);
            var channel = at / 17;
            values[at] = ((step / 255) - Mean(channel)) / Deviation(channel);

            Assert.Equal(pixel, Undo(values)[(at % 17 * 3) + channel]);
        }
    }

    [Theory]
    [InlineData(-0.51f)]
    [InlineData(255.51f)]
    [InlineData(1e30f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_of_no_pixel_is_refused_wherever_it_is(float step)
    {
        for (var at = 0; at < 51; at++)
        {
            var values = TestPixels.Normalize(new byte[51], _published);
            var channel = at / 17;
            values[at] = ((step / 255) - Mean(channel)) / Deviation(channel);

            Assert.Equal(ImageErrorKind.NotNormalized, Assert.Throws<ImageException>(() => Undo(values)).Kind);
        }
    }

    [Fact]
    public void Json_gives_the_same_as_bytes()
    {
        var crop = new byte[48];
        new Random(5).NextBytes(crop);
        var json = JsonSerializer.Serialize(TestPixels.Normalize(crop, _published)).Replace(",", "],\n [", StringComparison.Ordinal);

        Assert.Equal(crop, UndoJson(json[1..^1], crop.Length));
    }

    [Theory]
    [InlineData("0,0", ImageErrorKind.WrongSize)]
    [InlineData("0,0,0,0", ImageErrorKind.WrongSize)]
    [InlineData("0,1e999,0", ImageErrorKind.NotNormalized)]
    [InlineData("0,-1e99999999999999999999,0", ImageErrorKind.NotNormalized)]
    public void Json_of_another_size_or_range_is_refused(string json, ImageErrorKind kind) =>
        Assert.Equal(kind, Assert.Throws<ImageException>(() => UndoJson(json, 3)).Kind);

    [Fact]
    public void Bytes_of_another_size_are_refused() => Assert.Equal(
        ImageErrorKind.WrongSize,
        Assert.Throws<ImageException>(() => PixelValues.ToCrop(new(new byte[13], ImageInputKind.PixelValues), _published, new byte[3])).Kind);

    private static float Mean(int channel) => (float)(channel == 0 ? _published.Mean.Red : channel == 1 ? _published.Mean.Green : _published.Mean.Blue);

    private static float Deviation(int channel) => (float)(channel == 0
        ? _published.StandardDeviation.Red
        : channel == 1 ? _published.StandardDeviation.Green : _published.StandardDeviation.Blue);

    private static byte[] Undo(float[] values, PixelNormalization? normalization = null)
    {
        var crop = new byte[values.Length];
        PixelValues.ToCrop(new(TestPixels.Bytes(values), ImageInputKind.PixelValues), normalization ?? _published, crop);
        return crop;
    }

    private static byte[] UndoJson(string json, int length)
    {
        var crop = new byte[length];
        PixelValues.ToCrop(new(Encoding.UTF8.GetBytes(json), ImageInputKind.JsonPixelValues), _published, crop);
        return crop;
    }
}
