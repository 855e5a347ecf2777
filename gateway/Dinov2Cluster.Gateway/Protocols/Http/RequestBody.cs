using System.Globalization;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>Reads a request's body into one pooled buffer, counted against the gateway's <see cref="BodyBudget"/>.</summary>
internal static class RequestBody
{
    // A length is only a claim: beyond this size, memory follows the bytes that really came.
    private const int TrustedLength = 4 << 20;
    private const int FirstChunk = 64 << 10;

    /// <summary>Reads the whole body. The caller disposes the result.</summary>
    /// <param name="request">The request.</param>
    /// <param name="budget">Limits all bodies together.</param>
    /// <param name="maxBytes">Limits this body.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="EmbeddingException">
    /// <see cref="EmbeddingErrorKind.BodyTooLarge"/>, or <see cref="EmbeddingErrorKind.Overloaded"/>: the budget is used up.
    /// </exception>
    public static async Task<BodyBudget.ByteLease> ReadAsync(HttpRequest request, BodyBudget budget, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        var buffer = PooledBuffer.Rent(0);
        var lease = budget.Lease(buffer);
        try
        {
            await FillAsync(request, buffer, lease, maxBytes, cancellationToken);
            return lease;
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            lease.Dispose();
            throw TooLarge(maxBytes);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private static async Task FillAsync(
        HttpRequest request, PooledBuffer buffer, BodyBudget.ByteLease lease, int maxBytes, CancellationToken cancellationToken)
    {
        // One byte more than the claim, so that the end is seen without growing.
        Grow(buffer, lease, (int)Math.Min((request.ContentLength ?? FirstChunk) + 1, TrustedLength));
        var length = 0;
        while (await request.Body.ReadAsync(buffer.Writable[length..], cancellationToken) is var read and > 0)
        {
            length += read;
            if (length > maxBytes)
            {
                throw TooLarge(maxBytes);
            }

            if (length == buffer.Length)
            {
                Grow(buffer, lease, (int)Math.Min((long)length * 2, (long)maxBytes + 1));
            }
        }

        buffer.Truncate(length);
    }

    private static void Grow(PooledBuffer buffer, BodyBudget.ByteLease lease, int length)
    {
        lease.Grow(length - buffer.Length);
        buffer.Grow(length);
    }

    private static EmbeddingException TooLarge(int limit) => EmbeddingException.Refused(
        EmbeddingErrorKind.BodyTooLarge, string.Create(CultureInfo.InvariantCulture, $"POST body is larger than the limit of {limit} bytes."));
}
