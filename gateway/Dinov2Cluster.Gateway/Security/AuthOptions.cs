namespace Dinov2Cluster.Gateway.Security;

/// <summary>Who may use the gateway, section <c>Auth</c>. Keys are read again while the gateway runs, see <see cref="ApiKeyStore"/>; the rest at start.</summary>
internal sealed class AuthOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Auth";

    /// <summary>Whether callers must authenticate. Default <see cref="AuthMode.Auto"/>.</summary>
    public AuthMode Mode { get; set; }

    /// <summary>API keys.</summary>
    public IList<ApiKeyOptions> Keys { get; } = [];

    /// <summary>A JSON file with more keys, <c>{"Keys":[{"Name":"...","Sha256":"..."}]}</c>; empty for none.</summary>
    public string KeysFile { get; set; } = "";

    /// <summary>
    /// A directory with more keys, as Kubernetes mounts a Secret: a file per key, its name the key's name, its content the key or
    /// <c>sha256:</c> and the hash. Empty for none. Limits of such a key are in the entry of its name in <see cref="Keys"/> or the file.
    /// </summary>
    public string KeysDirectory { get; set; } = "";

    /// <summary>Bearer tokens.</summary>
    public JwtOptions Jwt { get; } = new();

    /// <summary>Whether there is any way for callers to authenticate.</summary>
    public bool HasSource => Keys.Count > 0 || KeysFile.Length > 0 || KeysDirectory.Length > 0 || Jwt.IsConfigured;

    /// <summary>Makes unknown settings an error: a misspelled limit would be no limit.</summary>
    public static void BeStrict(BinderOptions binder) => binder.ErrorOnUnknownConfiguration = true;
}

/// <summary>Whether callers must authenticate.</summary>
internal enum AuthMode
{
    /// <summary>They must if a key or a token issuer is configured. Otherwise the gateway starts only on loopback addresses.</summary>
    Auto,

    /// <summary>They need not, wherever the gateway listens.</summary>
    Off,

    /// <summary>They must. The gateway doesn't start without a key or a token issuer.</summary>
    Required,
}

/// <summary>One API key, an entry of <c>Auth:Keys</c> or of the file <c>Auth:KeysFile</c>.</summary>
internal sealed class ApiKeyOptions : LimitOptions
{
    /// <summary>The key's owner: 1 to 64 letters, digits, dots, dashes and underscores. Logs and metrics contain it. Each name has one key.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The key's SHA-256 as 64 hexadecimal digits; empty when the key of that name is in <c>Auth:KeysDirectory</c>. Keys are random 256-bit strings,
    /// which can't be guessed at any cost of a hash, so a salt or a slow hash would add nothing.
    /// </summary>
    public string Sha256 { get; set; } = "";

    /// <summary>When the key expires; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }
}

/// <summary>Bearer tokens of an OpenID Connect issuer, section <c>Auth:Jwt</c>. The limits apply to each caller that a token names.</summary>
internal sealed class JwtOptions : LimitOptions
{
    /// <summary>The issuer's address, such as <c>https://login.example.com/tenant</c>; metadata at <c>/.well-known/openid-configuration</c>.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Address of the metadata, if it differs.</summary>
    public string MetadataAddress { get; set; } = "";

    /// <summary>The audience that tokens must have (<c>aud</c>). Required: without it any token of the issuer would be accepted.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Whether metadata and keys must come over TLS. Default true.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;

    /// <summary>A scope that tokens must have, in <c>scope</c> or <c>scp</c>; empty for any.</summary>
    public string RequiredScope { get; set; } = "";

    /// <summary>A role that tokens must have, in <c>roles</c> or <c>role</c>; empty for any.</summary>
    public string RequiredRole { get; set; } = "";

    /// <summary>The claim that names the caller, for the limits. Default <c>sub</c>.</summary>
    public string NameClaim { get; set; } = "sub";

    /// <summary>Whether tokens are accepted. An incomplete configuration counts too, so that the check at start reports the rest.</summary>
    public bool IsConfigured =>
        Authority.Length > 0 || MetadataAddress.Length > 0 || Audience.Length > 0 || RequiredScope.Length > 0 || RequiredRole.Length > 0;
}
