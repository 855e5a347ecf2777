using Dinov2Cluster.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Keeps work that is done twice to a tenth of all work, so that slow devices don't drown in repeats of what they are slow with: every image
/// sent the first time earns a tenth of an image to send again, up to a cap that is there from the start.
/// </summary>
internal sealed class RetryBudget(IOptions<RoutingOptions> options)
{
    private const int TenthsPerImage = 10;

    private readonly long _cap = (long)options.Value.RetryBudgetImages * TenthsPerImage;
    private long _tenths = (long)options.Value.RetryBudgetImages * TenthsPerImage;

    /// <summary>Images are sent for the first time.</summary>
    public void Earn(int images)
    {
        long seen, next;
        do
        {
            seen = Volatile.Read(ref _tenths);
            next = Math.Min(_cap, seen + images);
        }
        while (next != seen && Interlocked.CompareExchange(ref _tenths, next, seen) != seen);
    }

    /// <summary>Images are to be sent again; false, and nothing taken, when the budget has not so many.</summary>
    public bool TryTake(int images)
    {
        long seen;
        do
        {
            seen = Volatile.Read(ref _tenths);
            if (seen < (long)images * TenthsPerImage)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref _tenths, seen - ((long)images * TenthsPerImage), seen) != seen);

        return true;
    }
}
