using CsCheck;
using Dinov2Cluster.Imaging.Decoding;
using Dinov2Cluster.Imaging.Preprocessing;

namespace Dinov2Cluster.Imaging.Tests.Preprocessing;

public sealed class CropResizerTests
{
    private static readonly Gen<(byte[] Rgb, int Width, int Height, int ShortestEdge, int CropSize)> _cases =
        from width in Gen.Int[1, 90]
        from height in Gen.Int[1, 90]
        from shortestEdge in Gen.Int[1, 48]
        from cropSize in Gen.Int[1, shortestEdge]
        from rgb in Gen.Byte.Array[width * height * 3]
        select (rgb, width, height, shortestEdge, cropSize);

    [Fact]
    public void The_crop_is_that_of_the_whole_resized_image() => _cases.Sample(
        (rgb, width, height, shortestEdge, cropSize) =>
        {
            var crop = new byte[cropSize * cropSize * 3];

            new CropResizer(shortestEdge, cropSize).Resize(new MemoryPixelReader(width, height, rgb), crop, CancellationToken.None);

            return crop.AsSpan().SequenceEqual(NaiveResize.Crop(rgb, width, height, shortestEdge, cropSize));
        },
        iter: 500);

    [Fact]
    public void A_constant_image_stays_constant()
    {
        var crop = new byte[224 * 224 * 3];
        var rgb = new byte[301 * 199 * 3];
        Array.Fill(rgb, (byte)255);

        new CropResizer(256, 224).Resize(new MemoryPixelReader(301, 199, rgb), crop, TestContext.Current.CancellationToken);

        Assert.All(crop, value => Assert.Equal(255, value));
    }

    private sealed class MemoryPixelReader(int width, int height, byte[] rgb) : PixelReader(width, height)
    {
        public override void ReadRow(int y, int left, Span<byte> rgbRow) => rgb.AsSpan(((y * Width) + left) * 3, rgbRow.Length).CopyTo(rgbRow);

        public override void Dispose()
        {
        }
    }
}
