using System.IO.Enumeration;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>Lists a directory while it is read from the disk, in the disk's order, so that millions of files take no memory.</summary>
internal static class DirectoryEntries
{
    // Nothing is skipped silently: the caller hears of what can't be read.
    private static readonly EnumerationOptions _all = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <param name="directory">The directory; empty for the current one.</param>
    /// <param name="unreadable">Gets the directory and the reason when it can't be read.</param>
    public static IEnumerable<Entry> Read(string directory, Action<string, string> unreadable)
    {
        IEnumerator<Entry>? entries = null;
        try
        {
            while (TryNext(ref entries, directory, unreadable))
            {
                yield return entries!.Current;
            }
        }
        finally
        {
            entries?.Dispose();
        }
    }

    private static bool TryNext(ref IEnumerator<Entry>? entries, string directory, Action<string, string> unreadable)
    {
        try
        {
            entries ??= Open(directory.Length == 0 ? "." : directory).GetEnumerator();
            return entries.MoveNext();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            unreadable(directory, exception.Message);
            return false;
        }
    }

    // Only directories are checked for links: for a file that would cost a system call.
    private static FileSystemEnumerable<Entry> Open(string directory) => new(
        directory,
        static (ref FileSystemEntry entry) => new(
            entry.FileName.ToString(), entry.IsDirectory, entry.IsDirectory && entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
        _all);

    /// <param name="Name">Name without the directory.</param>
    /// <param name="IsDirectory">Whether it is a directory, or a link to one.</param>
    /// <param name="IsDirectoryLink">Whether it is a link to a directory.</param>
    public readonly record struct Entry(string Name, bool IsDirectory, bool IsDirectoryLink)
    {
        /// <summary>Whether shells leave it out.</summary>
        public bool IsHidden => Name.StartsWith('.');
    }
}
