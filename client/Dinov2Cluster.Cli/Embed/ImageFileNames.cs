using System.Collections.Frozen;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>Which files of a directory are images, by the endings of the formats that a gateway reads.</summary>
internal static class ImageFileNames
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Extensions = FrozenSet
        .Create(StringComparer.OrdinalIgnoreCase, ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    public static bool IsImage(string name) => Extensions.Contains(Path.GetExtension(name.AsSpan()));
}
