using Dinov2Cluster.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Makes callers.</summary>
internal sealed class CallerFactory(IOptions<GatewayOptions> options, SecurityMetrics metrics, TimeProvider time)
{
    /// <summary>A caller that has asked for nothing yet.</summary>
    public LimitedCaller Create(string tag, CallerLimits limits) => new(tag, limits, options.Value.MaxImagesPerRequest, metrics, time);
}
