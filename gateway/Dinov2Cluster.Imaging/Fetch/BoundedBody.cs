namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Reads a body that may be longer than declared, or endless.</summary>
internal static class BoundedBody
{
    private const int FirstUndeclared = 64 * 1024;

    // Declaring a length costs the server nothing, so no more than this is rented before bytes arrive.
    private const int FirstDeclared = 1024 * 1024;

    /// <summary>Reads all of <paramref name="body"/>.</summary>
    /// <param name="body">The response's content.</param>
    /// <param name="declared">The <c>Content-Length</c> in bytes, if there is one; HTTP framing ends the body there.</param>
    /// <param name="max">Most bytes to accept.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="FetchRefusedException">The body is longer than <paramref name="max"/>.</exception>
    public static async ValueTask<PooledBuffer> ReadAsync(Stream body, long? declared, int max, CancellationToken cancellationToken)
    {
        if (declared > max)
        {
            throw TooLarge(max);
        }

        // Room for one byte over the limit detects a body that is too long.
        var limit = max + 1L;
        using var buffer = PooledBuffer.Rent((int)Math.Min(limit, declared is { } length ? Math.Min(length, FirstDeclared) : FirstUndeclared));
        var filled = 0;
        while (filled != declared)
        {
            if (filled == buffer.Length)
            {
                buffer.Grow((int)Math.Min(limit, Math.Min(declared ?? limit, 2L * filled)));
            }

            var read = await body.ReadAsync(buffer.Writable[filled..], cancellationToken);
            if (read == 0)
            {
                break;
            }

            filled += read;
            if (filled > max)
            {
                throw TooLarge(max);
            }
        }

        buffer.Truncate(filled);
        return buffer.Detach();
    }

    private static FetchRefusedException TooLarge(int max) => new($"the body is larger than {max} bytes");
}
