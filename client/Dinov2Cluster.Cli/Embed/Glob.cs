using System.Collections.Frozen;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>A pattern of paths, as in shells: <c>photos/**/*.{jpg,png}</c>.</summary>
/// <remarks>
/// Each directory on the way has a set of positions in the pattern, one bit each, so that a directory is read once and a file found once, regardless
/// of the number of <c>**</c>. These don't follow links to directories, which may form a circle.
/// </remarks>
internal sealed class Glob
{
    private const string AnyDepth = "**";
    private const int MaxSegments = 63;

    // The formats that a gateway reads.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _imageExtensions = FrozenSet
        .Create(StringComparer.OrdinalIgnoreCase, ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly string _root;
    private readonly GlobSegment[] _segments;
    private readonly bool _imagesOnly;

    private Glob(string root, string[] parts)
    {
        _root = root;
        parts = parts[^1] == AnyDepth ? [.. parts, "*"] : parts;
        if (parts.Length > MaxSegments)
        {
            throw new CommandException($"the pattern {string.Join('/', parts)} has more than {MaxSegments} parts; name a directory");
        }

        _segments = [.. parts.Select(part => new GlobSegment(part))];
        // photos/* means the images in the directory, not other files next to them.
        _imagesOnly = parts[^1].EndsWith('*');
    }

    /// <exception cref="CommandException">The pattern has too many parts.</exception>
    public static Glob Parse(string pattern)
    {
        var parts = pattern.Split('/');
        var first = Array.FindIndex(parts, IsPattern);
        // The first part of an absolute pattern is empty, and stands for the root.
        var root = first == 1 && parts[0].Length == 0 ? "/" : string.Join('/', parts.Take(first));
        return new Glob(root, [.. parts.Skip(first).Where(part => part.Length > 0 && part != ".")]);
    }

    /// <summary>All images in a directory and its subdirectories, except hidden ones.</summary>
    /// <param name="directory">The directory; empty for the current one.</param>
    public static Glob Images(string directory) => new(directory, [AnyDepth]);

    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny("*?[{") >= 0;

    /// <summary>Returns the matching files while it finds them.</summary>
    /// <param name="unreadable">Gets a directory and the reason when it can't be read.</param>
    public IEnumerable<string> Files(Action<string, string> unreadable)
    {
        var directories = new Stack<(string Path, ulong Positions)>([(_root, 1UL)]);
        while (directories.TryPop(out var directory))
        {
            var positions = WithAnyDepth(directory.Positions);
            foreach (var entry in DirectoryEntries.Read(directory.Path, unreadable))
            {
                var (next, isMatch) = Advance(positions, entry);
                if (entry.IsDirectory)
                {
                    if (next != 0)
                    {
                        directories.Push((PathText.Join(directory.Path, entry.Name), next));
                    }
                }
                else if (isMatch && (!_imagesOnly || _imageExtensions.Contains(Path.GetExtension(entry.Name.AsSpan()))))
                {
                    yield return PathText.Join(directory.Path, entry.Name);
                }
            }
        }
    }

    /// <summary>Adds the positions after each <c>**</c>, which may also match no directory.</summary>
    private ulong WithAnyDepth(ulong positions)
    {
        for (var i = 0; i < _segments.Length; i++)
        {
            if ((positions >> i & 1) == 1 && _segments[i].IsAnyDepth)
            {
                positions |= 2UL << i;
            }
        }

        return positions;
    }

    private (ulong Next, bool IsMatch) Advance(ulong positions, DirectoryEntries.Entry entry)
    {
        var next = 0UL;
        for (var i = 0; i < _segments.Length; i++)
        {
            if ((positions >> i & 1) == 0)
            {
                continue;
            }

            if (_segments[i].IsAnyDepth)
            {
                next |= entry is { IsHidden: false, IsDirectoryLink: false } ? 1UL << i : 0;
            }
            else if (_segments[i].Matches(entry.Name))
            {
                next |= 2UL << i;
            }
        }

        var end = 1UL << _segments.Length;
        return (next & ~end, (next & end) != 0);
    }
}
