using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Telemetry;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Refused requests and callers' usage, on the gateway's meter. A caller's tag is the name of its key; all callers with tokens share one.</summary>
internal sealed class SecurityMetrics
{
    private static readonly FrozenDictionary<AuthFailure, string> _reasons =
        Enum.GetValues<AuthFailure>().ToFrozenDictionary(failure => failure, failure => JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.ToString()));

    private readonly Counter<long> _failures;
    private readonly Counter<long> _images;
    private readonly Counter<long> _rejected;

    public SecurityMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(GatewayMetrics.Name);
        _failures = meter.CreateCounter<long>("dinov2.gateway.auth.failures", "{request}", "Requests without a key or token that is good for them, by reason.");
        _images = meter.CreateCounter<long>("dinov2.gateway.caller.images", "{image}", "Images that callers asked for within their limits, by caller.");
        _rejected = meter.CreateCounter<long>("dinov2.gateway.caller.rejected", "{request}", "Requests over a caller's limits, by caller and reason.");
    }

    /// <summary>A request was refused.</summary>
    public void Failed(AuthFailure failure) => _failures.Add(1, new KeyValuePair<string, object?>("reason", _reasons[failure]));

    /// <summary>A caller asked for images, within its limits.</summary>
    public void ImagesTaken(string caller, int images) => _images.Add(images, Caller(caller));

    /// <summary>A caller asked for more than its limits allow.</summary>
    public void Rejected(string caller, EmbeddingErrorKind kind) =>
        _rejected.Add(1, Caller(caller), new KeyValuePair<string, object?>("reason", EmbeddingErrors.For(kind).Reason));

    private static KeyValuePair<string, object?> Caller(string caller) => new("caller", caller);
}
