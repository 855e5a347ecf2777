namespace Dinov2Cluster.Gateway.Security;

/// <summary>A key that callers may have.</summary>
/// <param name="Name">Who has it.</param>
/// <param name="Hash">Its SHA-256, 32 bytes.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
/// <param name="Caller">Who has it, and what they have asked for.</param>
internal sealed record ApiKey(string Name, ReadOnlyMemory<byte> Hash, DateTimeOffset? ExpiresAt, LimitedCaller Caller);
