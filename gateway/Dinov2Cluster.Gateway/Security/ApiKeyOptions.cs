namespace Dinov2Cluster.Gateway.Security;

/// <summary>One API key, an entry of <c>Auth:Keys</c> or of the file <c>Auth:KeysFile</c>.</summary>
internal sealed class ApiKeyOptions : LimitOptions
{
    /// <summary>Who has the key: 1 to 64 letters, digits, dots, dashes and underscores. It is in logs and metrics. One name has one key.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The key's SHA-256 as 64 hexadecimal digits; empty when the key of that name is in <c>Auth:KeysDirectory</c>. Keys are random 256-bit strings,
    /// which nobody guesses whatever the hash costs, so a salt or a slow hash would protect nothing.
    /// </summary>
    public string Sha256 { get; set; } = "";

    /// <summary>When the key ends; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }
}
