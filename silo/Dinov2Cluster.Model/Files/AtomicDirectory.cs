namespace Dinov2Cluster.Model.Files;

/// <summary>Makes a directory that appears complete or not at all: it is filled under a hidden name next to its place, then renamed.</summary>
internal static class AtomicDirectory
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>Fills a new directory. An existing one must be empty.</summary>
    /// <exception cref="ModelException">The target is not empty or can't be written.</exception>
    public static void Create(string target, Action<string> fill)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        try
        {
            // Checked before any work: the giant takes a while.
            if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            {
                throw new ModelException($"{target}: exists and is not an empty directory; remove it or name another");
            }

            var temporary = Temporary(target);
            Directory.CreateDirectory(temporary);
            try
            {
                fill(temporary);
                if (Directory.Exists(target))
                {
                    // Not recursive: fails, as it should, when another program filled it meanwhile.
                    Directory.Delete(target);
                }

                Directory.Move(temporary, target);
            }
            finally
            {
                if (Directory.Exists(temporary))
                {
                    Directory.Delete(temporary, recursive: true);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(target, exception);
        }
    }

    /// <summary>A hidden name next to <paramref name="target"/> that no other process uses.</summary>
    public static string Temporary(string target) =>
        Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}{TemporarySuffix}");

    /// <summary>
    /// Puts a finished directory in the place of another. This takes more than one step, so call it under a lock that every writer takes.
    /// Programs that have the old files open keep them.
    /// </summary>
    public static void Replace(string finished, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(finished, target);
            return;
        }

        var old = Temporary(target);
        Directory.Move(target, old);
        Directory.Move(finished, target);
        Directory.Delete(old, recursive: true);
    }

    public static ModelException Unwritable(string path, Exception cause) => new($"{path}: can't be written: {cause.Message}", cause);
}
