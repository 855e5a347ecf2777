namespace Dinov2Cluster.Model.Repository;

/// <summary>
/// Lets one process at a time compile into a directory, over processes and, where the file system has locks, over machines. The file stays:
/// removing it would let a waiter lock a file that is no longer there.
/// </summary>
internal sealed class CompileLock : IDisposable
{
    public const string FileName = ".lock";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private CompileLock(FileStream file) => _file = file;

    /// <summary>Waits for the lock of a directory that exists and can be written.</summary>
    /// <exception cref="IOException">The lock file can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The lock file can't be made.</exception>
    public static CompileLock Acquire(string directory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, FileName);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return new CompileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (IsHeld(e))
            {
                // Compiling takes seconds to minutes, and nothing tells when a file lock is released.
                cancellationToken.WaitHandle.WaitOne(PollInterval);
            }
        }
    }

    public void Dispose() => _file.Dispose();

    // The system's own number for "locked by another": EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
