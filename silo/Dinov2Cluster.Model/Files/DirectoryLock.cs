namespace Dinov2Cluster.Model.Files;

/// <summary>
/// Lets one process at a time write into a directory, also across machines where the file system supports locks. The lock file stays: if it
/// were removed, a waiting process could lock a file that no longer exists.
/// </summary>
internal static class DirectoryLock
{
    private const string FileName = ".lock";

    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for the lock of a directory that exists and can be written. Disposing the result releases it.</summary>
    /// <exception cref="IOException">The lock file can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The lock file can't be made.</exception>
    public static IDisposable Acquire(string directory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, FileName);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (IsHeld(exception))
            {
                // There is no notification when a file lock is released, and compiling takes seconds to minutes.
                cancellationToken.WaitHandle.WaitOne(_pollInterval);
            }
        }
    }

    // The system's own number for "locked by another": EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
