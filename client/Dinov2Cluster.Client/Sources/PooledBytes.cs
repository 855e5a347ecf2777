using System.Buffers;

namespace Dinov2Cluster.Client.Sources;

/// <summary>Bytes in an array of the shared pool.</summary>
/// <param name="array">The rented array.</param>
/// <param name="length">How much of it is used.</param>
internal sealed class PooledBytes(byte[] array, int length)
{
    private const int FirstBytes = 64 << 10;

    private byte[]? _array = array;

    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, length);

    /// <summary>
    /// Gives the array back. Only for who knows that nobody reads it any more: after a call that was cancelled or broke, its sender may, so that array
    /// is left to the garbage collector.
    /// </summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref _array, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <returns>Null when it holds more than <paramref name="maxBytes"/>.</returns>
    public static async ValueTask<PooledBytes?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        // One more than the rest, so that the read which finds the end needs no larger array.
        var rest = stream.CanSeek ? stream.Length - stream.Position + 1 : FirstBytes;
        if (rest - 1 > maxBytes && stream.CanSeek)
        {
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(rest, 1, maxBytes + 1L));
        try
        {
            for (var length = 0; ;)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
                length += read;
                if (length > maxBytes)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    return null;
                }

                if (read == 0)
                {
                    return new(buffer, length);
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(maxBytes + 1L, 2L * length));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }
}
