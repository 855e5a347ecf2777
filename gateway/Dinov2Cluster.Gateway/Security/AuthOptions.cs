namespace Dinov2Cluster.Gateway.Security;

/// <summary>Who may use the gateway, section <c>Auth</c>. The keys are read anew while the gateway runs, see <see cref="ApiKeyStore"/>; the rest at start.</summary>
internal sealed class AuthOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Auth";

    /// <summary>Whether callers must say who they are. Default <see cref="AuthMode.Auto"/>.</summary>
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

    /// <summary>Whether there is any way for callers to say who they are.</summary>
    public bool HasSource => Keys.Count > 0 || KeysFile.Length > 0 || KeysDirectory.Length > 0 || Jwt.IsConfigured;

    /// <summary>A setting that nobody knows is an error here: a limit that is misspelt would be no limit.</summary>
    public static void BeStrict(BinderOptions binder) => binder.ErrorOnUnknownConfiguration = true;
}
