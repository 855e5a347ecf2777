using System.Globalization;
using Dinov2Cluster.TestSupport;
using NetVips;

namespace Dinov2Cluster.Benchmarks.Cli;

/// <summary>A directory of small photographs, no two alike.</summary>
internal static class SmallImages
{
    private const int Side = 96;

    /// <summary>Writes JPEGs of 96 x 96 pixels, in folders of a thousand.</summary>
    /// <returns>The path of the first one.</returns>
    public static string Write(string directory, int count)
    {
        using var source = Image.NewFromFile(GoldenData.Image("cat.png"));
        using var photograph = source.ThumbnailImage(2 * Side, height: 2 * Side, size: Enums.Size.Force).CopyMemory();
        for (var i = 0; i < count; i++)
        {
            var folder = Path.Combine(directory, (i / 1000).ToString("D3", CultureInfo.InvariantCulture));
            Directory.CreateDirectory(folder);
            using var window = photograph.Crop(i % Side, i / Side % Side, Side, Side);
            using var image = window.Linear([1.0], [i / (Side * Side)], uchar: true);
            File.WriteAllBytes(PathOf(directory, i), image.JpegsaveBuffer(q: 90));
        }

        return PathOf(directory, 0);
    }

    private static string PathOf(string directory, int number) => Path.Combine(
        directory, (number / 1000).ToString("D3", CultureInfo.InvariantCulture), number.ToString("D6", CultureInfo.InvariantCulture) + ".jpg");
}
