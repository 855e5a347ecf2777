using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>When a call is repeated, section <c>Routing</c>.</summary>
internal sealed class RoutingOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Routing";

    /// <summary>A call is late after three times its predicted time plus this. Default 500 ms: a garbage collection or network pause is not a loss.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan AttemptSlack { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Images that may be repeated in one burst; over time a tenth of all images may. Default 256: about the work of one lost device.
    /// 0 repeats nothing that may have cost compute.
    /// </summary>
    [Range(0, 1_048_576)]
    public int RetryBudgetImages { get; set; } = 256;
}
