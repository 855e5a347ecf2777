namespace Dinov2Cluster.Cli.Embed;

/// <summary>The image files of a directory and those below it. Hidden ones are left out, and links to directories, which may run in circles.</summary>
internal static class ImageDirectory
{
    /// <param name="directory">The directory; empty for the current one.</param>
    /// <param name="unreadable">Told a directory and the reason when it can't be read.</param>
    public static IEnumerable<string> Files(string directory, Action<string, string> unreadable)
    {
        var directories = new Stack<string>([directory]);
        while (directories.TryPop(out var current))
        {
            foreach (var entry in DirectoryEntries.Read(current, unreadable))
            {
                if (entry.IsHidden || entry.IsDirectoryLink)
                {
                    continue;
                }

                if (entry.IsDirectory)
                {
                    directories.Push(PathText.Join(current, entry.Name));
                }
                else if (ImageFileNames.IsImage(entry.Name))
                {
                    yield return PathText.Join(current, entry.Name);
                }
            }
        }
    }
}
