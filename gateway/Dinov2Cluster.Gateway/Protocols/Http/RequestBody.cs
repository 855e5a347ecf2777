using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>A request's body in one pooled buffer, counted against the gateway's <see cref="BodyBudget"/>.</summary>
internal sealed class RequestBody : IDisposable
{
    // A length is only a claim: beyond this much, memory follows the bytes that really came.
    private const int TrustedLength = 4 << 20;
    private const int FirstChunk = 64 << 10;

    private readonly BodyBudget _budget;
    private readonly PooledBuffer _buffer = PooledBuffer.Rent(0);
    private long _reserved;

    private RequestBody(BodyBudget budget) => _budget = budget;

    /// <summary>The body's bytes.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.Memory;

    /// <summary>Reads the whole body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="budget">What all bodies may hold.</param>
    /// <param name="maxBytes">What this body may hold.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="RequestBodyException">The body is too large, or the budget is used up.</exception>
    public static async Task<RequestBody> ReadAsync(
        HttpRequest request, BodyBudget budget, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            throw new RequestBodyException(isTooLarge: true);
        }

        var body = new RequestBody(budget);
        try
        {
            await body.FillAsync(request, maxBytes, cancellationToken);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _budget.Release(Interlocked.Exchange(ref _reserved, 0));
    }

    private async Task FillAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        // One byte more than the claim, so that the end is seen without growing.
        Grow((int)Math.Min((request.ContentLength ?? FirstChunk) + 1, TrustedLength));
        var length = 0;
        while (await request.Body.ReadAsync(_buffer.Writable[length..], cancellationToken) is var read and > 0)
        {
            length += read;
            if (length > maxBytes)
            {
                throw new RequestBodyException(isTooLarge: true);
            }

            if (length == _buffer.Length)
            {
                Grow((int)Math.Min((long)length * 2, (long)maxBytes + 1));
            }
        }

        _buffer.Truncate(length);
    }

    private void Grow(int length)
    {
        var more = length - _reserved;
        if (!_budget.TryReserve(more))
        {
            throw new RequestBodyException(isTooLarge: false);
        }

        _reserved += more;
        _buffer.Grow(length);
    }
}
