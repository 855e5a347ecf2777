using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Dinov2Cluster.Model.Files;

/// <summary>Reads and hashes files that may be hostile or may change meanwhile.</summary>
internal static class FileReading
{
    private const int HashBufferBytes = 1 << 20;

    /// <summary>Reads a whole file of at most <paramref name="limit"/> bytes.</summary>
    public static byte[] ReadSmall(string path, int limit)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            if (length > limit)
            {
                throw new ModelException($"{path}: {length} bytes, more than the {limit} that such a file may have");
            }

            var bytes = new byte[(int)length];
            ReadExactly(file, bytes, 0, path);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>; the file may have shrunk since its length was read.</summary>
    public static void ReadExactly(SafeFileHandle file, Span<byte> destination, long offset, string path)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                var count = RandomAccess.Read(file, destination, offset);
                if (count == 0)
                {
                    throw new ModelException($"{path}: ended at byte {offset} while it was read; was it changed meanwhile?");
                }

                destination = destination[count..];
                offset += count;
            }
        }
        catch (IOException exception)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>Hashes a file's length, as a 64-bit little-endian number, and its content: the length marks where one of several files ends.</summary>
    public static void Hash(IncrementalHash hash, SafeFileHandle file, string path, CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(file);
        hash.AppendData(BitConverter.GetBytes(length));
        var buffer = new byte[HashBufferBytes];
        for (var offset = 0L; offset < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var chunk = buffer.AsSpan(0, (int)Math.Min(HashBufferBytes, length - offset));
            ReadExactly(file, chunk, offset, path);
            hash.AppendData(chunk);
            offset += chunk.Length;
        }
    }

    public static ModelException Unreadable(string path, Exception cause) => new(
        cause switch
        {
            FileNotFoundException or DirectoryNotFoundException => $"{path}: no such file",
            UnauthorizedAccessException => $"{path}: permission denied",
            _ => $"{path}: can't be read: {cause.Message}",
        },
        cause);
}
