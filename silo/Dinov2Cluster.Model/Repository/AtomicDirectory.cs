namespace Dinov2Cluster.Model.Repository;

/// <summary>Makes a directory that appears complete or not at all: it is filled under a hidden name beside its place, then renamed.</summary>
internal static class AtomicDirectory
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>Fills a new directory. One that exists must be empty.</summary>
    /// <exception cref="ModelException">The target is not empty or can't be written.</exception>
    public static void Create(string target, Action<string> fill)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        try
        {
            RefuseUsed(target);
            var temporary = Temporary(target);
            Directory.CreateDirectory(temporary);
            try
            {
                fill(temporary);
                Publish(temporary, target);
            }
            finally
            {
                if (Directory.Exists(temporary))
                {
                    Directory.Delete(temporary, recursive: true);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{target}: can't be written: {e.Message}", e);
        }
    }

    /// <summary>Refuses a target that <see cref="Create"/> would refuse, before any work is done.</summary>
    /// <exception cref="ModelException">The target is a file or a directory that is not empty.</exception>
    public static void RefuseUsed(string target)
    {
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new ModelException($"{target}: exists and is not an empty directory; remove it or name another");
        }
    }

    /// <summary>A hidden name beside <paramref name="target"/> that no other process uses.</summary>
    public static string Temporary(string target) =>
        Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}{TemporarySuffix}");

    /// <summary>
    /// Puts a finished directory in the place of another. Not one step, so call it under a lock that every writer takes; a program that
    /// has the old files open keeps them.
    /// </summary>
    public static void Replace(string finished, string target)
    {
        if (Directory.Exists(target))
        {
            var old = Temporary(target);
            Directory.Move(target, old);
            Directory.Move(finished, target);
            Directory.Delete(old, recursive: true);
        }
        else
        {
            Directory.Move(finished, target);
        }
    }

    private static void Publish(string temporary, string target)
    {
        if (Directory.Exists(target))
        {
            // Not recursive: fails, as it should, when somebody filled it meanwhile.
            Directory.Delete(target);
        }

        Directory.Move(temporary, target);
    }
}
