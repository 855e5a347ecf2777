namespace Dinov2Cluster.Gateway.Security;

/// <summary>Bearer tokens of an OpenID Connect issuer, section <c>Auth:Jwt</c>. The limits are those of each caller that a token names.</summary>
internal sealed class JwtOptions : LimitOptions
{
    /// <summary>The issuer's address, such as <c>https://login.example.com/tenant</c>; its metadata is at <c>/.well-known/openid-configuration</c> below it.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Where the metadata is, when it is not there.</summary>
    public string MetadataAddress { get; set; } = "";

    /// <summary>What tokens must be meant for (<c>aud</c>). Required: without it any token of the issuer would do.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Whether metadata and keys must come over TLS. Default true.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;

    /// <summary>A scope that tokens must have, in <c>scope</c> or <c>scp</c>; empty for any.</summary>
    public string RequiredScope { get; set; } = "";

    /// <summary>A role that tokens must have, in <c>roles</c> or <c>role</c>; empty for any.</summary>
    public string RequiredRole { get; set; } = "";

    /// <summary>The claim that names the caller, for the limits. Default <c>sub</c>.</summary>
    public string NameClaim { get; set; } = "sub";

    /// <summary>Whether tokens are accepted at all. Half of what that takes counts too, so that it is told of the rest at start.</summary>
    public bool IsConfigured =>
        Authority.Length > 0 || MetadataAddress.Length > 0 || Audience.Length > 0 || RequiredScope.Length > 0 || RequiredRole.Length > 0;
}
