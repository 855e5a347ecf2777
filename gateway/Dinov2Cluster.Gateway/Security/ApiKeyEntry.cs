namespace Dinov2Cluster.Gateway.Security;

/// <summary>A key as it was read.</summary>
/// <param name="Name">Who has it.</param>
/// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
/// <param name="Limits">How much its owner may ask for.</param>
internal sealed record ApiKeyEntry(string Name, string Sha256, DateTimeOffset? ExpiresAt, CallerLimits Limits);
