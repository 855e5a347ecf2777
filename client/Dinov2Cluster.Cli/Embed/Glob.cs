namespace Dinov2Cluster.Cli.Embed;

/// <summary>A pattern of paths, as shells have them: <c>photos/**/*.{jpg,png}</c>.</summary>
/// <remarks>
/// A set of positions in the pattern goes down with each directory, one bit each, so that a directory is read once and a file found once, whatever
/// the number of <c>**</c>. Those don't go through links to directories, which may run in circles.
/// </remarks>
internal sealed class Glob
{
    private const int MaxSegments = 63;

    private readonly string _root;
    private readonly GlobSegment[] _segments;
    private readonly bool _imagesOnly;

    /// <exception cref="CommandException">The pattern has too many parts.</exception>
    public Glob(string pattern)
    {
        var parts = pattern.Split('/').ToList();
        var first = parts.FindIndex(IsPattern);
        // An absolute pattern's first part is empty, and stands for the root.
        _root = first == 1 && parts[0].Length == 0 ? "/" : string.Join('/', parts.Take(first));
        parts = [.. parts.Skip(first).Where(part => part.Length > 0 && part != ".")];
        if (parts[^1] == "**")
        {
            parts.Add("*");
        }

        if (parts.Count > MaxSegments)
        {
            throw new CommandException($"the pattern {pattern} has more than {MaxSegments} parts; name a directory");
        }

        _segments = [.. parts.Select(part => new GlobSegment(part))];
        // Who writes photos/* means the images there, not the notes beside them.
        _imagesOnly = parts[^1].EndsWith('*');
    }

    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny("*?[{") >= 0;

    /// <summary>The files that it matches, as they are found.</summary>
    /// <param name="unreadable">Told a directory and the reason when it can't be read.</param>
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
                else if (isMatch && (!_imagesOnly || ImageFileNames.IsImage(entry.Name)))
                {
                    yield return PathText.Join(directory.Path, entry.Name);
                }
            }
        }
    }

    /// <summary>Adds the positions behind a <c>**</c> that stands for no directory.</summary>
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
