using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>Memory of a request that its protocol holds in a form of its own, counted against the gateway's <see cref="BodyBudget"/>.</summary>
internal sealed class BodyReservation : IDisposable
{
    private readonly BodyBudget _budget;
    private long _bytes;

    private BodyReservation(BodyBudget budget, long bytes) => (_budget, _bytes) = (budget, bytes);

    /// <summary>Reserves bytes until the result is disposed.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.Overloaded"/>: the budget is used up.</exception>
    public static BodyReservation Take(BodyBudget budget, long bytes) => budget.TryReserve(bytes)
        ? new BodyReservation(budget, bytes)
        : throw new EmbeddingException(EmbeddingErrorKind.Overloaded, "The body budget is used up.");

    public void Dispose() => _budget.Release(Interlocked.Exchange(ref _bytes, 0));
}
