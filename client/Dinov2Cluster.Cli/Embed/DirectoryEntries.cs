using System.IO.Enumeration;

namespace Dinov2Cluster.Cli.Embed;

/// <summary>Lists a directory as it is read from the disk, in the disk's own order, so that one with millions of files takes no memory.</summary>
internal static class DirectoryEntries
{
    // Nothing is left out silently: what can't be read is told.
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>What is in a directory.</summary>
    /// <param name="directory">The directory; empty for the current one.</param>
    /// <param name="unreadable">Told the directory and the reason when it can't be read.</param>
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unreadable(directory, e.Message);
            return false;
        }
    }

    // Only directories are asked whether they are links: for a file that would cost a system call.
    private static FileSystemEnumerable<Entry> Open(string directory) => new(
        directory,
        static (ref FileSystemEntry entry) => new(
            entry.FileName.ToString(), entry.IsDirectory, entry.IsDirectory && entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
        All);

    /// <summary>One entry of a directory.</summary>
    /// <param name="Name">Its name, without the directory.</param>
    /// <param name="IsDirectory">Whether it is a directory, or a link to one.</param>
    /// <param name="IsDirectoryLink">Whether it is a link to one.</param>
    public readonly record struct Entry(string Name, bool IsDirectory, bool IsDirectoryLink)
    {
        /// <summary>Whether it is one of those that shells leave out.</summary>
        public bool IsHidden => Name.StartsWith('.');
    }
}
