namespace Dinov2Cluster.Gateway.Security;

/// <summary>Why a request was turned away.</summary>
internal enum AuthFailure
{
    /// <summary>It has neither key nor token.</summary>
    Missing,

    /// <summary>Nobody has that key.</summary>
    UnknownKey,

    /// <summary>The key has ended.</summary>
    ExpiredKey,

    /// <summary>The token is not one of the issuer's, or not meant for this gateway.</summary>
    BadToken,

    /// <summary>The token has ended, or has not begun.</summary>
    ExpiredToken,

    /// <summary>The token is good, and lacks the scope or the role.</summary>
    Forbidden,
}
