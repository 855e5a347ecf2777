namespace Dinov2Cluster.Gateway.Security;

/// <summary>Who sent a request, or why that is not known.</summary>
/// <param name="Caller">Who it is; null when the request is turned away.</param>
/// <param name="Failure">Why it is.</param>
/// <param name="Detail">More about that for the log; nothing of the key or token.</param>
internal readonly record struct AuthResult(LimitedCaller? Caller, AuthFailure Failure = default, string? Detail = null)
{
    /// <summary>A request that is turned away.</summary>
    public static AuthResult Failed(AuthFailure failure, string? detail = null) => new(Caller: null, failure, detail);
}
