namespace Dinov2Cluster.Gateway.Security;

/// <summary>Why a request is refused. Of several reasons, the last one in this order counts: it says most about the request.</summary>
internal enum AuthFailure
{
    /// <summary>It has neither key nor token.</summary>
    Missing,

    /// <summary>The token can't be checked, since its issuer can't be reached.</summary>
    IssuerUnreachable,

    /// <summary>The key is unknown.</summary>
    UnknownKey,

    /// <summary>The token is not one of the issuer's, or not meant for this gateway.</summary>
    BadToken,

    /// <summary>The key has expired.</summary>
    ExpiredKey,

    /// <summary>The token has expired, or is not valid yet.</summary>
    ExpiredToken,

    /// <summary>The token is good, but lacks the scope or the role.</summary>
    Forbidden,
}

/// <summary>A key or token is refused. Authentication schemes return it; it is not thrown.</summary>
/// <param name="failure">Why.</param>
/// <param name="detail">More for the log; nothing of the key or token.</param>
internal sealed class AuthFailedException(AuthFailure failure, string? detail = null) : Exception(failure.ToString())
{
    /// <summary>Why.</summary>
    public AuthFailure Failure { get; } = failure;

    /// <summary>More for the log; nothing of the key or token.</summary>
    public string? Detail { get; } = detail;
}
