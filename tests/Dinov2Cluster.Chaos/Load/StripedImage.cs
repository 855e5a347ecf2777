using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Chaos.Load;

/// <summary>
/// A BMP of 256 x 256 pixels in 256 horizontal stripes, run-length coded: 1.6 KB that cost a gateway next to nothing, since nothing is
/// resized, so that the cluster is what a run loads. The model's crop of it is known without any of the product's code.
/// </summary>
internal static class StripedImage
{
    private const int Side = 256;
    private const int CropSide = 224;
    private const int Colors = 16;
    // Two runs, of 255 pixels and of 1, and the end of the line.
    private const int BytesPerRow = 6;

    /// <summary>The file, and its centre as uint8 [224, 224, 3], RGB.</summary>
    public static (byte[] File, byte[] Crop) Create(Random random)
    {
        var palette = new byte[3 * Colors];
        random.NextBytes(palette);
        var stripes = new byte[Side];
        for (var row = 0; row < Side; row++)
        {
            stripes[row] = (byte)random.Next(Colors);
        }

        return (Encode(palette, stripes), Crop(palette, stripes));
    }

    private static byte[] Encode(ReadOnlySpan<byte> palette, ReadOnlySpan<byte> stripes)
    {
        var colors = new byte[4 * Colors];
        for (var color = 0; color < Colors; color++)
        {
            var (red, green, blue) = (palette[3 * color], palette[(3 * color) + 1], palette[(3 * color) + 2]);
            ReadOnlySpan<byte> entry = [blue, green, red, 0];
            entry.CopyTo(colors.AsSpan(4 * color));
        }

        var rows = new byte[Side * BytesPerRow];
        for (var row = 0; row < Side; row++)
        {
            var color = stripes[Side - 1 - row]; // the file begins with the bottom row
            ReadOnlySpan<byte> runs = [Side - 1, color, 1, color, 0, 0];
            runs.CopyTo(rows.AsSpan(row * BytesPerRow));
        }

        return TestBmp.Write(Side, Side, bits: 8, rows, compression: 1, palette: colors);
    }

    private static byte[] Crop(ReadOnlySpan<byte> palette, ReadOnlySpan<byte> stripes)
    {
        var crop = new byte[CropSide * CropSide * 3];
        for (var pixel = 0; pixel < CropSide * CropSide; pixel++)
        {
            var stripe = stripes[((Side - CropSide) / 2) + (pixel / CropSide)];
            palette.Slice(3 * stripe, 3).CopyTo(crop.AsSpan(3 * pixel));
        }

        return crop;
    }
}
