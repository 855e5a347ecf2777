using Dinov2Cluster.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>
/// Limits repeated work to a tenth of all work, so that repeats don't overload slow devices: every image that is sent for the first time
/// earns a tenth of an image to send again, up to a cap that is available from the start.
/// </summary>
internal sealed class RetryBudget(IOptions<RoutingOptions> options)
{
    private const int TenthsPerImage = 10;

    private readonly Lock _lock = new();
    private readonly long _cap = (long)options.Value.RetryBudgetImages * TenthsPerImage;
    private long _tenths = (long)options.Value.RetryBudgetImages * TenthsPerImage;

    /// <summary>Images are sent for the first time.</summary>
    public void Earn(int images)
    {
        lock (_lock)
        {
            _tenths = Math.Min(_cap, _tenths + images);
        }
    }

    /// <summary>Takes images to send again; false, and takes nothing, when the budget is too small.</summary>
    public bool TryTake(int images)
    {
        var tenths = (long)images * TenthsPerImage;
        lock (_lock)
        {
            if (_tenths < tenths)
            {
                return false;
            }

            _tenths -= tenths;
            return true;
        }
    }
}
