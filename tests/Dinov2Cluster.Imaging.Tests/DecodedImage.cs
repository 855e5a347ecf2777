using Dinov2Cluster.Imaging.Decoding;

namespace Dinov2Cluster.Imaging.Tests;

/// <summary>A whole image's pixels, RGB, row-major.</summary>
internal sealed record DecodedImage(int Width, int Height, byte[] Rgb)
{
    public static DecodedImage From(ReadOnlyMemory<byte> file, long maxPixels = 100_000_000)
    {
        using var reader = ImageDecoder.Open(file, maxPixels);
        var rowBytes = reader.Width * 3;
        var rgb = new byte[rowBytes * reader.Height];
        for (var y = 0; y < reader.Height; y++)
        {
            reader.ReadRow(y, 0, rgb.AsSpan(y * rowBytes, rowBytes));
        }

        reader.Finish();
        return new DecodedImage(reader.Width, reader.Height, rgb);
    }

    public static void AssertRows(byte[] file, params string[] rows) => Assert.Equal(rows, From(file).Rows);

    /// <summary>Pixels as "RRGGBB", one string per row.</summary>
    public string[] Rows => [.. Enumerable.Range(0, Height).Select(y =>
        string.Join(' ', Enumerable.Range(0, Width).Select(x => Convert.ToHexString(Rgb, ((y * Width) + x) * 3, 3))))];
}
